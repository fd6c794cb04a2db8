import { dirname, resolve } from "node:path";
import { isEmpty } from "#settings/entry.ts";
import { readLayers } from "#settings/layers/layer-stack.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { mergeLayers } from "#settings/resolve/merge.ts";
import { expandHome, expandVariables } from "#settings/resolve/references.ts";

/** Where a gateway with this configuration keeps its data, whatever else is wrong with it. Throws for a file that cannot be read. */
export function dataDirectoryOf(input: LoadInput): string {
  const { configDir, layers } = readLayers(input);
  const said = mergeLayers(layers).get("database.path")?.[0].value ?? null;
  const expanded = expandVariables(said, input);
  if (expanded.kind !== "value" || isEmpty(expanded.value)) return configDir;
  return dirname(resolve(configDir, expandHome(String(expanded.value), input.home)));
}

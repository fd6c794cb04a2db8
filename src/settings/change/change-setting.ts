import { join } from "node:path";
import { GatewayError } from "#core/errors.ts";
import { formatIniValue, replaceIniValue } from "#settings/ini/write-ini.ts";
import { readIni } from "#settings/ini/read-ini.ts";
import { type Entry, type LayerName, placeOf } from "#settings/entry.ts";
import { canonicalKey } from "#settings/key-path.ts";
import { findKey, type KnownKey, similarKeys } from "#settings/known-keys.ts";
import { readLayers } from "#settings/layers/layer-stack.ts";
import { loadSettings } from "#settings/load.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { didYouMean } from "#settings/nearest.ts";
import { mergeLayers } from "#settings/resolve/merge.ts";
import { setYamlValue } from "#settings/yaml/edit-yaml.ts";
import type { PlannedFile } from "#settings/change/init-files.ts";

/**
 * Plans `config set KEY VALUE`: the file that holds the key (the strongest one), else config.yaml, with that value
 * changed and everything else kept. The result is checked as it would load. Throws `usage` for an unknown key,
 * `conflict` naming the flag or variable that wins over every file, `config_invalid` when the result would not load.
 */
export function planChange(input: LoadInput, said: string, value: string): PlannedFile {
  const key = canonicalKey(said);
  const known = findKey(key);
  if (known === undefined) throw new GatewayError("usage", `unknown key ${said}${didYouMean(key, similarKeys(key))}`);
  formatIniValue(value);
  const stack = readLayers(input);
  const holder = mergeLayers(stack.layers).get(key)?.[0];
  const planned = planFile(input, stack.configDir, known, value, holder);
  loadSettings({ ...input, readFile: (path) => (path === planned.path ? planned.text : input.readFile(path)) });
  return planned;
}

const fileLayers: readonly LayerName[] = ["gateway.ini", "setting.ini", "config.yaml"];

function planFile(
  input: LoadInput,
  configDir: string,
  known: KnownKey,
  value: string,
  holder: Entry | undefined,
): PlannedFile {
  if (holder?.origin.layer === "flag" || holder?.origin.layer === "environment") {
    throw new GatewayError(
      "conflict",
      `${known.key}: ${placeOf(holder.origin)} wins over every file; take it away first`,
    );
  }
  const file = holder !== undefined && fileLayers.includes(holder.origin.layer) ? holder.origin.file : undefined;
  if (holder === undefined || file === undefined || holder.origin.layer === "config.yaml") {
    const path = join(configDir, "config.yaml");
    return { path, text: setYamlValue(input.readFile(path) ?? "", known.key, yamlValue(known, value)) };
  }
  const text = input.readFile(file) ?? "";
  const line = readIni(text).lines.find((candidate) => candidate.line === holder.origin.line);
  if (line === undefined) throw new GatewayError("conflict", `${file} changed while it was read; try again`);
  return { path: file, text: replaceIniValue(text, line, value) };
}

/** A number as a number and a list as a list; text, references and what will be refused stay as they are. */
function yamlValue(known: KnownKey, value: string): unknown {
  if (known.facts.handling !== "plain" || value.includes("${")) return value;
  const parsed = known.schema.safeParse(value);
  return parsed.success && typeof parsed.data !== "string" ? parsed.data : value;
}

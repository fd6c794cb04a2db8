import { join } from "node:path";
import { GatewayError } from "#core/errors.ts";
import { formatIniValue } from "#settings/ini/write-ini.ts";
import { type LayerName, placeOf } from "#settings/entry.ts";
import { canonicalKey } from "#settings/key-path.ts";
import { findKey, type KnownKey, similarKeys } from "#settings/known-keys.ts";
import { type LayerStack, readLayers } from "#settings/layers/layer-stack.ts";
import { loadSettings } from "#settings/load.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { didYouMean } from "#settings/nearest.ts";
import { mergeLayers } from "#settings/resolve/merge.ts";
import { setIniValue } from "#settings/change/edit-ini.ts";
import { setYamlValue } from "#settings/yaml/edit-yaml.ts";

/** A file to write, and its text. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
}

/** The file a key goes to that no file holds yet. */
export type HomeOf = (key: string, stack: LayerStack) => string;

const configYaml: HomeOf = (_key, { configDir }) => join(configDir, "config.yaml");

/**
 * Plans `config set`: for each key the file that holds it (the strongest one), else config.yaml, with that value changed
 * and everything else kept. The result is checked as it would load, all keys together. Throws `usage` for an unknown key,
 * `conflict` naming the flag or variable that wins over every file, `config_invalid` when the result would not load.
 */
export function planSet(input: LoadInput, values: Readonly<Record<string, string>>): readonly PlannedFile[] {
  const planned = planChanges(input, values, configYaml);
  loadSettings({ ...withFiles(input, planned), credentials: "late" });
  return planned;
}

/** Plans several keys, one after the other: each file that is touched once, in the order of the keys. Unchecked; throws as `planSet`. */
export function planChanges(
  input: LoadInput,
  values: Readonly<Record<string, string>>,
  homeOf: HomeOf,
): readonly PlannedFile[] {
  const files = new Map<string, PlannedFile>();
  for (const [said, value] of Object.entries(values)) {
    const planned = planKey(withFiles(input, files.values()), said, value, homeOf);
    files.set(planned.path, planned);
  }
  return [...files.values()];
}

/** The input as it would be once the files are written. */
export function withFiles(input: LoadInput, files: Iterable<PlannedFile>): LoadInput {
  const planned = new Map([...files].map(({ path, text }) => [path, text]));
  return { ...input, readFile: (path) => planned.get(path) ?? input.readFile(path) };
}

/** The key that was said, as the schema knows it. Throws `usage` with the nearest name. */
export function knownKey(said: string): KnownKey {
  const key = canonicalKey(said);
  const known = findKey(key);
  if (known === undefined) throw new GatewayError("usage", `unknown key ${said}${didYouMean(key, similarKeys(key))}`);
  return known;
}

const fileLayers: readonly LayerName[] = ["gateway.ini", "setting.ini", "config.yaml"];

function planKey(input: LoadInput, said: string, value: string, homeOf: HomeOf): PlannedFile {
  const known = knownKey(said);
  // What no INI line can hold is refused wherever it would be written.
  formatIniValue(value);
  const stack = readLayers(input);
  const holder = mergeLayers(stack.layers).get(known.key)?.[0].origin;
  if (holder?.layer === "flag" || holder?.layer === "environment") {
    throw new GatewayError("conflict", `${known.key}: ${placeOf(holder)} wins over every file; take it away first`);
  }
  const file = holder !== undefined && fileLayers.includes(holder.layer) ? holder.file : undefined;
  const path = file ?? homeOf(known.key, stack);
  const text = input.readFile(path) ?? "";
  if (path.endsWith(".yaml")) return { path, text: setYamlValue(path, text, known.key, yamlValue(known, value)) };
  return { path, text: setIniValue(text, known.key, value) };
}

/** A number as a number and a list as a list; text, references and what will be refused stay as they are. */
export function yamlValue(known: KnownKey, value: string): unknown {
  if (known.facts.handling !== "plain" || value.includes("${")) return value;
  const parsed = known.schema.safeParse(value);
  return parsed.success && typeof parsed.data !== "string" ? parsed.data : value;
}

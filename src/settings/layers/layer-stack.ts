import { join } from "node:path";
import { type Entry, isEmpty, type LayerContent, type LayerName, type Problem } from "#settings/entry.ts";
import { canonicalKey } from "#settings/key-path.ts";
import { readEnvironmentLayer } from "#settings/layers/environment-layer.ts";
import { readIniLayer } from "#settings/layers/ini-layer.ts";
import { readYamlLayer } from "#settings/layers/yaml-layer.ts";
import { configDirectory } from "#settings/config-directory.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { readProfileLayers } from "#settings/layers/profile-layers.ts";

/** All layers, strongest first, and what choosing them decided. */
export interface LayerStack {
  readonly configDir: string;
  /** As it was said; no environment where it is a word that the schema refuses. */
  readonly environment: string;
  /** The name that was chosen, whether or not there is such a profile. */
  readonly profile: string;
  readonly layers: readonly LayerContent[];
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
}

/** `--env`'s words: prod means live; any other word is passed on, to be refused with its place. */
export const environmentWord = (said: string): string => (said === "prod" ? "live" : said);

/** Reads every layer. The environment and the profile are chosen by the layers that may name them. */
export function readLayers(input: LoadInput): LayerStack {
  const configDir = configDirectory(input);
  const flags = flagLayer(input);
  const chosenOutside = [flags, readEnvironmentLayer(input.environ, [])];
  const setting = fileLayer(input, "setting.ini", join(configDir, "setting.ini"));
  const yaml = fileLayer(input, "config.yaml", join(configDir, "config.yaml"));

  const environment = environmentWord(
    String(strongest([...chosenOutside, setting, yaml], "environment")?.value ?? "dev"),
  );
  // A word that is no environment is refused by the schema; it must not become a path.
  const gateway = /^(dev|test|live)$/.test(environment)
    ? fileLayer(input, "gateway.ini", join(configDir, environment, "gateway.ini"))
    : noContent;
  const files = [gateway, setting, yaml];
  const chosen = strongest([...chosenOutside, ...files], "profile");
  const profile = String(chosen?.value ?? "personal");

  const weaker = [...files, ...readProfileLayers(profile, chosen?.origin, configDir, input.readFile)];
  const declared = [flags, ...weaker].flatMap((layer) => layer.entries.map((entry) => entry.key));
  const variables = readEnvironmentLayer(input.environ, declared);
  const layers = [flags, variables, ...weaker];
  return {
    configDir,
    environment,
    profile,
    layers,
    problems: [...layers.flatMap((layer) => layer.problems), ...misplaced(gateway)],
    notices: variables.notices,
  };
}

const noContent: LayerContent = { entries: [], problems: [] };

function flagLayer(input: LoadInput): LayerContent {
  const said: [string, string | undefined][] = [
    ...Object.entries(input.flags).map(([key, value]): [string, string] => [canonicalKey(key), value]),
    ["environment", input.envFlag],
    ["profile", input.profileFlag],
  ];
  // --env and --profile come last and win over the same key given by name.
  const entries = new Map<string, Entry>();
  for (const [key, value] of said) {
    if (value !== undefined) entries.set(key, { key, value, origin: { layer: "flag" } });
  }
  return { entries: [...entries.values()], problems: [] };
}

function fileLayer(input: LoadInput, layer: LayerName, file: string): LayerContent {
  const text = input.readFile(file);
  if (text === undefined) return noContent;
  return layer === "config.yaml" ? readYamlLayer(layer, file, text) : readIniLayer(layer, file, text);
}

function strongest(layers: readonly LayerContent[], key: string): Entry | undefined {
  for (const layer of layers) {
    const entry = layer.entries.find((candidate) => candidate.key === key);
    if (entry !== undefined && !isEmpty(entry.value)) return entry;
  }
  return undefined;
}

/** A gateway.ini is chosen by the environment, so it cannot choose it. */
function misplaced(gateway: LayerContent): Problem[] {
  return gateway.entries
    .filter((entry) => entry.key === "environment")
    .map(({ origin }) => ({ origin, text: "environment: belongs into setting.ini, not into a file it chooses" }));
}

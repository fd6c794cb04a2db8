import type { Entry, LayerContent, Problem } from "#settings/entry.ts";
import { isEmpty } from "#settings/entry.ts";
import { providerKey } from "#settings/key-path.ts";
import { fixedKeys, marketplaceKeys, modelKeys, providerKeys } from "#settings/known-keys.ts";
import { nearest } from "#settings/nearest.ts";

/** Process environment, as text by name. */
export type Environ = Readonly<Record<string, string | undefined>>;

/** The layer, and warnings about variables nobody knows. */
export interface EnvironmentContent extends LayerContent {
  readonly notices: readonly string[];
}

/** Shorter names of the specification, weakest first: a later one wins over an earlier one for the same key. */
export const environmentAliases: readonly (readonly [string, string])[] = [
  ["TOKLIGENCE_ENV", "environment"],
  ["TOKLIGENCE_MODEL_FAMILY", "publish.model_family"],
  ["TOKLIGENCE_MARKETPLACE_ENABLED", "provider.marketplace.enabled"],
  ["TOKEN_EXCHANGE_BASE_URL", "base_url"],
];

/** Read elsewhere, so not settings and not unknown. */
const reserved = new Set([
  "TOKLIGENCE_API_KEY",
  "TOKLIGENCE_CONFIG_DIR",
  "TOKLIGENCE_EXECUTABLE",
  "TOKLIGENCE_PASSPHRASE",
]);
/** Named by the specification, so known without being declared in a file. */
const alwaysDeclared = ["local", "marketplace"];

/** `TOKLIGENCE_` and the key in capitals, every other character as `_`. */
export function environmentName(key: string): string {
  return `TOKLIGENCE_${key.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

/**
 * Reads settings from the environment, matched only against known keys and the providers and models that `declared`
 * keys of weaker layers name. An empty variable counts as unset. Unknown `TOKLIGENCE_*` names are notices, since
 * Kubernetes injects some; a set name that two declared keys share is a problem.
 */
export function readEnvironmentLayer(environ: Environ, declared: Iterable<string>): EnvironmentContent {
  const keysByName = settableNames(declared);
  const entries = new Map<string, Entry>();
  const problems: Problem[] = [];
  const notices: string[] = [];
  const aliases = new Map(environmentAliases);
  for (const variable of Object.keys(environ).sort(byStrength)) {
    const value = environ[variable];
    if (value === undefined || isEmpty(value) || reserved.has(variable)) continue;
    const keys = keysByName.get(variable) ?? [];
    const key = aliases.get(variable) ?? keys[0];
    if (key === undefined) {
      if (variable.startsWith("TOKLIGENCE_")) notices.push(unknownVariable(variable, keysByName.keys()));
    } else if (isServiceLink(value)) {
      notices.push(`${variable} holds a Kubernetes service link (tcp://...) and is ignored`);
    } else if (keys.length > 1) {
      const origin = { layer: "environment", variable } as const;
      problems.push({ origin, text: `stands for both ${keys.join(" and ")}; set one of them in a file instead` });
    } else {
      entries.set(key, { key, value, origin: { layer: "environment", variable } });
    }
  }
  return { entries: [...entries.values()], problems, notices };
}

function settableNames(declared: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const keys = new Set(fixedKeys.keys());
  const addProvider = (name: string): void => {
    const own = name === "marketplace" ? marketplaceKeys : providerKeys;
    for (const key of own.keys()) keys.add(`provider.${name}.${key}`);
  };
  for (const name of alwaysDeclared) addProvider(name);
  for (const key of declared) {
    const parts = providerKey(key);
    if (parts === undefined) continue;
    addProvider(parts.provider);
    if (parts.table === undefined || parts.table === "privacy") continue;
    for (const name of modelKeys.keys()) keys.add(`provider.${parts.provider}.${parts.table}.${name}`);
  }
  const names = new Map<string, string[]>();
  for (const key of keys) {
    const name = environmentName(key);
    names.set(name, [...(names.get(name) ?? []), key]);
  }
  return names;
}

function unknownVariable(variable: string, known: Iterable<string>): string {
  const best = nearest(variable, known);
  const hint = best === undefined ? "" : `; did you mean ${best}?`;
  return `${variable} is set and means nothing here${hint}`;
}

const isServiceLink = (value: string): boolean => /^(tcp|udp|sctp):\/\//.test(value);

const aliasRank = new Map(environmentAliases.map(([name], index) => [name, index + 1]));

/** The plain name of a key wins over its short alias, save that TOKEN_EXCHANGE_BASE_URL wins over TOKLIGENCE_BASE_URL. */
function byStrength(a: string, b: string): number {
  const rank = (name: string): number => {
    if (name === "TOKEN_EXCHANGE_BASE_URL") return 1;
    return aliasRank.has(name) ? -1 : 0;
  };
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

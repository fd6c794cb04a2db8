import { Secret } from "#core/secret.ts";
import { type Entry, filePlace, isEmpty } from "#settings/entry.ts";
import { findKey, fixedKeys, type KnownKey } from "#settings/known-keys.ts";
import type { ResolvedValue, Said, ShownValue } from "#settings/loaded.ts";
import { valueAt } from "#settings/resolve/inactive-keys.ts";
import type { Voices } from "#settings/resolve/merge.ts";
import { isSecret } from "#settings/schema/value-type.ts";
import type { Configuration } from "#settings/schema/configuration.ts";

/** Every key that is set or has a built-in value, sorted, with what each layer said; secrets stay wrapped. */
export function explainValues(
  merged: ReadonlyMap<string, Voices>,
  configuration: Configuration,
): readonly ResolvedValue[] {
  const builtIn = [...fixedKeys.values()].filter((known) => known.facts.default !== undefined);
  const keys = new Set([...merged.keys(), ...builtIn.map((known) => known.key)]);
  return [...keys].sort().flatMap((key) => {
    const known = findKey(key);
    if (known === undefined) return [];
    const said = (merged.get(key) ?? []).map((entry) => saidBy(entry, known));
    const { default: standard } = known.facts;
    const all = standard === undefined ? said : [...said, { value: shown(standard), layer: "built-in" as const }];
    const [strongest, ...weaker] = all;
    if (strongest === undefined) return [];
    return [{ ...strongest, key, value: shown(valueAt(configuration, key)), weaker }];
  });
}

/** What one layer said of a key, and where; a secret stays wrapped and empty, nothing said is undefined. */
export function saidBy(entry: Entry, { facts }: KnownKey): Said {
  const { layer, variable } = entry.origin;
  const value = isSecret(facts.handling) && !isEmpty(entry.value) ? new Secret("") : shown(entry.value);
  return { value, layer, ...filePlace(entry.origin), ...(variable !== undefined && { variable }) };
}

function shown(value: unknown): ShownValue {
  if (value instanceof Secret || typeof value === "boolean" || typeof value === "number") return value;
  if (Array.isArray(value)) return value.map(String);
  return value === undefined || value === null ? undefined : String(value);
}

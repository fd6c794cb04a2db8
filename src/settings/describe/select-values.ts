import { GatewayError } from "#core/errors.ts";
import { canonicalKey } from "#settings/key-path.ts";
import { findKey, similarKeys } from "#settings/known-keys.ts";
import type { ResolvedValue } from "#settings/loaded.ts";
import { didYouMean } from "#settings/nearest.ts";

/**
 * The value of that key, else all values of the section of that name; a key nobody set gives its built-in value, which
 * may be undefined. Throws `usage` with the nearest name when there is no such key.
 */
export function selectValues(values: readonly ResolvedValue[], said: string): readonly ResolvedValue[] {
  const key = canonicalKey(said);
  const exact = values.filter((value) => value.key === key);
  if (exact.length > 0) return exact;
  const section = values.filter((value) => value.key.startsWith(`${key}.`));
  if (section.length > 0) return section;
  const known = findKey(key);
  if (known === undefined) throw new GatewayError("usage", `unknown key ${said}${didYouMean(key, similarKeys(key))}`);
  const { default: standard } = known.facts;
  const value = Array.isArray(standard) ? standard.map(String) : (standard ?? undefined);
  const isShown = typeof value === "boolean" || typeof value === "number" || Array.isArray(value);
  const shown = value === undefined || isShown ? value : String(value);
  return [{ key, value: shown, layer: "built-in", weaker: [] }];
}

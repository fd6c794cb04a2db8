import { filePlace, isEmpty } from "#settings/entry.ts";
import { pathOf, providerKey } from "#settings/key-path.ts";
import { findKey, type KnownKey } from "#settings/known-keys.ts";
import type { InactiveKey } from "#settings/loaded.ts";
import type { Voices } from "#settings/resolve/merge.ts";
import type { Configuration } from "#settings/schema/configuration.ts";

/** Whether the key does nothing yet, whatever its value. */
export const awaitsAlways = (known: KnownKey): boolean => typeof known.facts.awaits === "string";

/** The checked value of a key; undefined when it is unset. */
export function valueAt(configuration: Configuration, key: string): unknown {
  let value: unknown = configuration;
  for (const name of pathOf(key)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

/**
 * Keys and values that were asked for and do nothing yet. A value equal to the built-in one asks for nothing, neither
 * does a disabled provider; a provider's own type is judged where providers are built.
 */
export function inactiveKeys(merged: ReadonlyMap<string, Voices>, configuration: Configuration): InactiveKey[] {
  return [...merged].flatMap(([key, [entry]]) => {
    const known = findKey(key);
    const awaits = known?.facts.awaits;
    if (known === undefined || awaits === undefined || isEmpty(entry.value)) return [];
    const parts = providerKey(key);
    if (parts !== undefined) {
      const ownType = parts.table === undefined && parts.name === "type";
      if (ownType || configuration.providers[parts.provider]?.enabled !== true) return [];
    }
    const value = valueAt(configuration, key);
    const awaited = typeof awaits === "string" ? awaits : awaits[String(value)];
    const isDefault = JSON.stringify(value) === JSON.stringify(known.facts.default);
    if (awaited === undefined || isDefault) return [];
    return [{ key, awaits: awaited, ...filePlace(entry.origin) }];
  });
}

import { type Entry, isEmpty, type LayerContent, type Problem } from "#settings/entry.ts";
import { patternSections, providerKey } from "#settings/key-path.ts";
import { findKey, fixedKeys, similarKeys } from "#settings/known-keys.ts";
import { didYouMean } from "#settings/nearest.ts";

/** What all layers say about one key, strongest first; never empty. */
export type Voices = readonly [Entry, ...Entry[]];

/** The voices of every key, in order of the strongest layer that names it. */
export function mergeLayers(layers: readonly LayerContent[]): ReadonlyMap<string, Voices> {
  const merged = new Map<string, Voices>();
  for (const entry of layers.flatMap((layer) => layer.entries)) {
    const earlier = merged.get(entry.key);
    merged.set(entry.key, earlier === undefined ? [entry] : [...earlier, entry]);
  }
  return merged;
}

/** One problem for every place that names a key the schema does not have, with the nearest name. */
export function unknownKeys(merged: ReadonlyMap<string, Voices>): Problem[] {
  return [...merged].flatMap(([key, voices]) => {
    if (findKey(key) !== undefined) return [];
    if (voices.every((voice) => isEmpty(voice.value)) && isSection(key)) return [];
    const what = isSection(key) ? "is a section, not a key" : `unknown key${didYouMean(key, similarKeys(key))}`;
    return voices.map(({ origin }) => ({ origin, text: `${key}: ${what}` }));
  });
}

function isSection(key: string): boolean {
  if (key === "providers" || key === "provider" || patternSections.some((section) => section === key)) return true;
  const parts = providerKey(`${key}.x`);
  if (parts !== undefined && parts.table === undefined) return true;
  return fixedKeys.keys().some((known) => known.startsWith(`${key}.`));
}

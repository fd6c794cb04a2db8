import { revealedJson } from "#configurations/revealed-json.ts";
import type { LoadedSettings } from "#settings/loaded.ts";

/** Keys whose values differ, by name and sorted; their values are never told. */
export function changedKeys(before: LoadedSettings, now: LoadedSettings): readonly string[] {
  const [was, is] = [valuesOf(before), valuesOf(now)];
  const keys = new Set([...was.keys(), ...is.keys()]);
  return [...keys].filter((key) => was.get(key) !== is.get(key)).sort();
}

function valuesOf({ settings, values }: LoadedSettings): ReadonlyMap<string, string> {
  // Lists of secrets are shown masked: what they hold is known to the providers alone.
  const lists = new Map(
    settings.providers.map(({ name, apiKey, moreApiKeys }) => [`provider.${name}.api_keys`, [apiKey, ...moreApiKeys]]),
  );
  return new Map(values.map(({ key, value }) => [key, revealedJson({ value: lists.get(key) ?? value })]));
}

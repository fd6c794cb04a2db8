import { isReference } from "#settings/change/mask-secrets.ts";
import { type Entry, placeOf } from "#settings/entry.ts";
import { findKey } from "#settings/known-keys.ts";
import { configDirectory } from "#settings/config-directory.ts";
import { profileEntries, readProfileLayer, readProfileLayers } from "#settings/layers/profile-layers.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { refuseProblems } from "#settings/problems.ts";
import type { Profile } from "#settings/profiles.ts";
import { mergeLayers, unknownKeys, type Voices } from "#settings/resolve/merge.ts";

/** A profile as JSON, its values by dotted key: of a shipped one as written, of one's own with those of its base. */
export function profileView(profile: Profile, input: LoadInput): unknown {
  if (profile.file === undefined) return { name: profile.name, values: profileEntries(profile) };
  const values = [...merged(profile, input)].map(([key, [entry]]) => [key, shownValue(entry)] as const);
  const base = readProfileLayer(profile).base?.name ?? null;
  return { name: profile.name, base, file: profile.file, values: Object.fromEntries(values) };
}

/** One's own profile as lines: each key with its value, where it stands, and what it overrides in the base. */
export function profileLines(profile: Profile, input: LoadInput): readonly string[] {
  return [...merged(profile, input)].flatMap(([key, [strongest, ...weaker]]) => [
    `${key} = ${textOf(strongest)}  from ${placeOf(strongest.origin)}`,
    ...weaker.map((entry) => `  over ${textOf(entry) || "(empty)"}  from ${placeOf(entry.origin)}`),
  ]);
}

/** Throws `config_invalid` with file and line of what the profile or a base of it says wrong. */
function merged(profile: Profile, input: LoadInput): ReadonlyMap<string, Voices> {
  const layers = readProfileLayers(profile.name, undefined, configDirectory(input), input.readFile);
  const all = mergeLayers(layers);
  refuseProblems([...layers.flatMap(({ problems }) => problems), ...unknownKeys(all)]);
  return all;
}

const textOf = (entry: Entry): string => {
  const value = shownValue(entry);
  return Array.isArray(value) ? value.join(", ") : String(value ?? "");
};

function shownValue({ key, value }: Entry): unknown {
  const isSecret = findKey(key)?.facts.handling.startsWith("secret") === true;
  return isSecret && !isReference(String(value)) ? "[secret]" : value;
}

import { isReference } from "#settings/change/mask-secrets.ts";
import { configDirectory } from "#settings/config-directory.ts";
import { explanationLines } from "#settings/describe/explanation.ts";
import type { Entry } from "#settings/entry.ts";
import { findKey } from "#settings/known-keys.ts";
import { profileEntries, readProfileLayer, readProfileLayers } from "#settings/layers/profile-layers.ts";
import type { LoadInput, ResolvedValue, Said } from "#settings/loaded.ts";
import { refuseProblems } from "#settings/problems.ts";
import type { Profile } from "#settings/profiles.ts";
import { saidBy } from "#settings/resolve/explain-values.ts";
import { mergeLayers, unknownKeys } from "#settings/resolve/merge.ts";

/** A profile as JSON, its values by dotted key: of a shipped one, whose file is null, as written, of one's own with those of its base. */
export function profileView(profile: Profile, input: LoadInput): unknown {
  const base = readProfileLayer(profile).base?.name ?? null;
  const file = profile.file ?? null;
  if (file === null) return { name: profile.name, base, file, values: profileEntries(profile) };
  const values = merged(profile, input).map(({ key, value }) => [key, value ?? null] as const);
  return { name: profile.name, base, file, values: Object.fromEntries(values) };
}

/** One's own profile as lines: each key with its value, where it stands, and what it overrides in the base. */
export function profileLines(profile: Profile, input: LoadInput): readonly string[] {
  return merged(profile, input).flatMap(explanationLines);
}

/** Throws `config_invalid` with file and line of what the profile or a base of it says wrong. */
function merged(profile: Profile, input: LoadInput): readonly ResolvedValue[] {
  const layers = readProfileLayers(profile.name, undefined, configDirectory(input), input.readFile);
  const all = mergeLayers(layers);
  refuseProblems([...layers.flatMap(({ problems }) => problems), ...unknownKeys(all)]);
  return [...all].map(([key, [strongest, ...weaker]]) => ({ key, ...said(strongest), weaker: weaker.map(said) }));
}

/** As its layer said it; of a secret only a reference, which is not followed here. */
function said(entry: Entry): Said {
  const known = findKey(entry.key);
  if (known === undefined) throw new Error(`${entry.key} was accepted and is unknown`);
  const { value } = entry;
  return { ...saidBy(entry, known), ...(value !== null && isReference(String(value)) && { value }) };
}

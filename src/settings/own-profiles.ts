import { readdirSync } from "node:fs";
import { join } from "node:path";
import { didYouMean } from "#settings/nearest.ts";
import { findProfile, isProfileName, type Profile, profileFile, profiles, readProfile } from "#settings/profiles.ts";
import { readTextFile } from "#settings/read-text-file.ts";

/** The profiles of a configuration directory by name; none where there is no such directory. */
export function ownProfiles(configDir: string): readonly Profile[] {
  return ownNames(configDir).flatMap((name) => readProfile(name, configDir, readTextFile) ?? []);
}

/** What to say of a name that is no profile, shipped or in the configuration directory. */
export function noSuchProfile(name: string, configDir: string): string {
  const names = [...profiles.map((profile) => profile.name), ...ownNames(configDir)];
  const own = isProfileName(name) ? `, and no ${profileFile(configDir, name)}` : "";
  const hint = didYouMean(name, names) || `; there are ${names.join(", ")}${own}`;
  return `there is no profile "${name}"${hint}`;
}

function ownNames(configDir: string): readonly string[] {
  const names = filesIn(join(configDir, "profiles")).flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? []);
  return names.toSorted().filter((name) => isProfileName(name) && findProfile(name) === undefined);
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

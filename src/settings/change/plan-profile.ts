import { GatewayError } from "#core/errors.ts";
import { knownKey, type PlannedFile, withFiles, yamlValue } from "#settings/change/change-setting.ts";
import { configDirectory } from "#settings/config-directory.ts";
import { loadSettings } from "#settings/load.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { noSuchProfile } from "#settings/own-profiles.ts";
import { findProfile, isProfileName, profileFile, readProfile } from "#settings/profiles.ts";
import { setYamlValue } from "#settings/yaml/edit-yaml.ts";

/** A profile of one's own as it is asked for. */
export interface NewProfile {
  readonly name: string;
  readonly base: string;
  /** Whom it is for. */
  readonly summary: string;
  /** By dotted key, as text. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Plans `profiles/NAME.yaml` of the configuration directory. It is checked as it would load with the files that are there. Throws
 * `usage` for a name that cannot be one, an unknown base or key, `conflict` for a profile that exists, `config_invalid` when
 * the result would not load.
 */
export function planProfile(input: LoadInput, { name, base, summary, values }: NewProfile): PlannedFile {
  if (!isProfileName(name)) {
    throw new GatewayError("usage", `a profile's name holds a-z, 0-9 and - only, not ${JSON.stringify(name)}`);
  }
  if (findProfile(name) !== undefined) throw new GatewayError("conflict", `the profile "${name}" is shipped`);
  const configDir = configDirectory(input);
  const path = profileFile(configDir, name);
  if (input.readFile(path) !== undefined) throw new GatewayError("conflict", `${path} exists`);
  if (readProfile(base, configDir, input.readFile) === undefined) {
    throw new GatewayError("usage", `--base: ${noSuchProfile(base, configDir)}`);
  }
  let text = `# ${summary.replace(/\s+/g, " ")}\nbase: ${base}\n`;
  for (const [said, value] of Object.entries(values)) {
    const known = knownKey(said);
    text = setYamlValue(path, text, known.key, yamlValue(known, value));
  }
  const planned = { path, text };
  const using = withFiles({ ...input, profileFlag: name, credentials: "late" }, [planned]);
  loadSettings(using);
  // What a file or a variable says today must not hide a value that is wrong.
  loadSettings({ ...using, flags: values });
  return planned;
}

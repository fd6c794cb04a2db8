import { type LoadedSettings, loadSettings } from "#settings/load.ts";
import { readTextFile } from "#settings/read-text-file.ts";

/** The settings of a configuration directory, with nothing from the environment. */
export function settingsIn(configDir: string): LoadedSettings {
  const asked = { configDirFlag: configDir, envFlag: "dev", home: configDir };
  return loadSettings({ ...asked, flags: {}, environ: {}, readFile: readTextFile });
}

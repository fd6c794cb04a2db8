import { homeDirectory } from "#settings/home-directory.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { readTextFile } from "#settings/read-text-file.ts";

/** The global flags that choose a configuration. */
export interface ConfigurationChoice {
  readonly "config-dir"?: string | undefined;
  readonly root?: string | undefined;
  readonly env?: string | undefined;
  readonly profile?: string | undefined;
}

/** What this process gives `loadSettings`: its environment, home and files, and the flags it was called with. */
export function processInput(
  choice: ConfigurationChoice,
  flags: Readonly<Record<string, string>> = {},
  readFile: LoadInput["readFile"] = readTextFile,
): LoadInput {
  return {
    configDirFlag: choice["config-dir"],
    rootFlag: choice.root,
    envFlag: choice.env,
    profileFlag: choice.profile,
    flags,
    environ: process.env,
    home: homeDirectory(),
    readFile,
  };
}

import { everyFlag } from "#cli/every-flag.ts";
import { type LoadedSettings, type LoadInput, loadSettings } from "#settings/load.ts";
import { type ConfigurationChoice, processInput } from "#settings/process-input.ts";

/** The flags every command takes, before or after its name. */
export const globalFlags = everyFlag;

/** What a command has read of them. */
export interface GlobalArguments extends ConfigurationChoice {
  readonly "log-level"?: string | undefined;
}

/** Loads the settings the flags point to; `flags` are further values by dotted key, stronger than any file. */
export function loadFromFlags(
  args: GlobalArguments,
  flags: Readonly<Record<string, string>> = {},
  readFile?: LoadInput["readFile"],
): LoadedSettings {
  const logLevel = args["log-level"];
  const said = { ...flags, ...(logLevel === undefined ? {} : { log_level: logLevel }) };
  return loadSettings(processInput(args, said, readFile));
}

import { everyFlag } from "#cli/every-flag.ts";
import { type LoadedSettings, type LoadInput, loadSettings } from "#settings/load.ts";
import { type ConfigurationChoice, processInput } from "#settings/process-input.ts";

/** The flags every command takes, before or after its name. */
export const globalFlags = everyFlag;

/** What a command has read of them. */
export interface GlobalArguments extends ConfigurationChoice {
  readonly "log-level"?: string | undefined;
}

/** Loads the settings the flags point to for a command that calls no provider: credentials that are not there are not missed. */
export function loadFromFlags(args: GlobalArguments): LoadedSettings {
  return loadSettings({ ...processInput(args, saidBy(args)), credentials: "late" });
}

/** Loads them for serving, credentials included; `flags` are further values by dotted key, stronger than any file. */
export function loadToServe(
  args: GlobalArguments,
  flags: Readonly<Record<string, string>> = {},
  readFile?: LoadInput["readFile"],
): LoadedSettings {
  return loadSettings(processInput(args, { ...flags, ...saidBy(args) }, readFile));
}

function saidBy({ "log-level": logLevel }: GlobalArguments): Readonly<Record<string, string>> {
  return logLevel === undefined ? {} : { log_level: logLevel };
}

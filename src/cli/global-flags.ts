import { type LoadedSettings, loadSettings } from "#settings/load.ts";
import { type ConfigurationChoice, processInput } from "#settings/process-input.ts";

/** The flags every command takes, before or after its name. */
export const globalFlags = {
  "config-dir": { type: "string", valueHint: "dir", description: "Directory of the configuration" },
  root: { type: "string", valueHint: "dir", description: "The same as --config-dir DIR/config" },
  env: { type: "string", valueHint: "name", description: "Environment: dev, test or live" },
  profile: { type: "string", valueHint: "name", description: "Profile: personal, agent, team, enterprise" },
  "log-level": { type: "string", valueHint: "level", description: "debug, info, warn or error" },
  json: { type: "boolean", description: "Print data as JSON" },
} as const;

/** What a command has read of them. */
export interface GlobalArguments extends ConfigurationChoice {
  readonly "log-level"?: string | undefined;
}

/** Loads the settings the flags point to; `flags` are further values by dotted key, stronger than any file. */
export function loadFromFlags(args: GlobalArguments, flags: Readonly<Record<string, string>> = {}): LoadedSettings {
  const logLevel = args["log-level"];
  return loadSettings(processInput(args, { ...flags, ...(logLevel === undefined ? {} : { log_level: logLevel }) }));
}

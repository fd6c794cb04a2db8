import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { GatewayError } from "#core/errors.ts";
import { systemCode } from "#platform/system-code.ts";
import { type LoadedSettings, loadSettings } from "#settings/load.ts";

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
export interface GlobalArguments {
  readonly "config-dir"?: string | undefined;
  readonly root?: string | undefined;
  readonly env?: string | undefined;
  readonly profile?: string | undefined;
  readonly "log-level"?: string | undefined;
}

/** Loads the settings the flags point to; `flags` are further values by dotted key, stronger than any file. */
export function loadFromFlags(args: GlobalArguments, flags: Readonly<Record<string, string>> = {}): LoadedSettings {
  const { "config-dir": configDir, root, env, profile, "log-level": logLevel } = args;
  return loadSettings({
    configDirFlag: configDir === undefined ? undefined : resolve(configDir),
    rootFlag: root === undefined ? undefined : resolve(root),
    envFlag: env,
    profileFlag: profile,
    flags: { ...flags, ...(logLevel === undefined ? {} : { log_level: logLevel }) },
    environ: process.env,
    home: homedir(),
    readFile,
  });
}

/** A file that is not there is no configuration; one that cannot be read is an error. */
function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new GatewayError("config_invalid", `Cannot read ${path} (${code || "unknown error"}).`, { cause });
  }
}

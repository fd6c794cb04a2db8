import { GatewayError } from "#core/errors.ts";
import { loadSettings } from "#settings/load.ts";
import type { LoadedSettings, LoadInput } from "#settings/loaded.ts";

/** Where the configuration of every test stands. */
export const configDir = "/etc/tokligence";

/** An input whose files are given by path inside the configuration directory, or absolute. */
export function inputOf(files: Readonly<Record<string, string>>, more: Partial<LoadInput> = {}): LoadInput {
  const byPath = new Map(
    Object.entries(files).map(([path, text]) => [path.startsWith("/") ? path : `${configDir}/${path}`, text]),
  );
  return {
    configDirFlag: configDir,
    flags: {},
    environ: {},
    home: "/home/ada",
    readFile: (path) => byPath.get(path),
    ...more,
  };
}

/** Loads the files. */
export function load(files: Readonly<Record<string, string>>, more: Partial<LoadInput> = {}): LoadedSettings {
  return loadSettings(inputOf(files, more));
}

/** The message of the refusal; fails when the files load. */
export function refusal(files: Readonly<Record<string, string>>, more: Partial<LoadInput> = {}): string {
  try {
    load(files, more);
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === "config_invalid") return thrown.message;
    throw thrown;
  }
  throw new Error("the configuration was accepted");
}

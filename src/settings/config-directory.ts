import { join, resolve } from "node:path";
import type { LoadInput } from "#settings/loaded.ts";

/** The directory of the configuration: --config-dir, then --root with `config`, TOKLIGENCE_CONFIG_DIR, `~/.config/tokligence`. */
export function configDirectory(input: Pick<LoadInput, "configDirFlag" | "rootFlag" | "environ" | "home">): string {
  if (input.configDirFlag !== undefined) return resolve(input.configDirFlag);
  if (input.rootFlag !== undefined) return resolve(input.rootFlag, "config");
  const named = input.environ.TOKLIGENCE_CONFIG_DIR;
  if (named !== undefined && named !== "") return resolve(named);
  return join(input.home, ".config", "tokligence");
}

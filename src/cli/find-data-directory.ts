import { existsSync } from "node:fs";
import type { GlobalArguments } from "#cli/global-flags.ts";
import { findRunningGateway } from "#cli/running-gateway.ts";
import { findControlPath } from "#platform/control-path.ts";
import { configDirectory } from "#settings/config-directory.ts";
import { processInput } from "#settings/process-input.ts";

/**
 * The data directory that a question is about. A gateway that answers beside the configuration, and says that it was started with
 * it, is the one, whatever has become of the files since; otherwise they are read. Throws `config_invalid` as reading them does.
 */
export async function findDataDirectory(args: GlobalArguments): Promise<string> {
  const configDir = configDirectory(processInput(args));
  if (saysNothingElse(args) && existsSync(findControlPath(configDir))) {
    if ((await findRunningGateway({ configDir, dataDir: configDir })) !== undefined) return configDir;
  }
  // Reading a configuration takes longer than the question, so it is loaded only for this.
  const { loadFromFlags } = await import("#cli/global-flags.ts");
  return loadFromFlags(args).settings.dataDir;
}

/** Whether nothing but files may say where the data lies. */
function saysNothingElse({ env, profile }: GlobalArguments): boolean {
  const names = Object.keys(process.env).filter((name) => name.startsWith("TOKLIGENCE_"));
  return env === undefined && profile === undefined && names.every((name) => name === "TOKLIGENCE_CONFIG_DIR");
}

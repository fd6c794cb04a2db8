import { type DaemonStatus, probeDaemon } from "#platform/daemon-status.ts";
import type { Settings } from "#settings/settings.ts";

/** The gateway that runs on this data directory with this configuration, as it says itself; undefined where none answers. */
export async function findRunningGateway({
  configDir,
  dataDir,
}: Pick<Settings, "configDir" | "dataDir">): Promise<DaemonStatus | undefined> {
  const daemon = await probeDaemon(dataDir).catch(() => undefined);
  return daemon?.status.config_dir === configDir ? daemon.status : undefined;
}

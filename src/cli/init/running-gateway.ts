import { type DaemonStatus, probeDaemon } from "#platform/daemon-status.ts";
import type { LoadedSettings } from "#settings/loaded.ts";

/** The gateway that runs on this configuration, as it says itself; undefined where none answers. */
export async function findRunningGateway({
  settings: { configDir, dataDir },
}: LoadedSettings): Promise<DaemonStatus | undefined> {
  const daemon = await probeDaemon(dataDir).catch(() => undefined);
  return daemon?.status.config_dir === configDir ? daemon.status : undefined;
}

import type { SchedulingDesk } from "#core/api/scheduling.ts";
import { probeDaemon } from "#platform/daemon-status.ts";
import { RemoteSchedulingDesk } from "#platform/remote-scheduling-desk.ts";
import type { LoadedSettings } from "#settings/load.ts";

/**
 * Runs `use` on the desk of the running daemon of this configuration, else on one built from the settings; `running` says
 * which, since only a running one has seen any call.
 */
export async function withSchedulingDesk<Result>(
  loaded: LoadedSettings,
  use: (desk: SchedulingDesk, running: boolean) => Promise<Result>,
): Promise<Result> {
  const daemon = await probeDaemon(loaded.settings.dataDir);
  if (daemon !== undefined) return use(new RemoteSchedulingDesk(daemon.socketPath), true);
  const { openSchedulingDesk } = await import("#configurations/scheduling-desk.ts");
  const { desk, close } = await openSchedulingDesk(loaded);
  try {
    return await use(desk, false);
  } finally {
    await close();
  }
}

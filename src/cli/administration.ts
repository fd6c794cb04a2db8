import type { OpenAdministration } from "#configurations/administration.ts";
import type { Administration } from "#core/api/administration.ts";
import { probeDaemon } from "#platform/daemon-status.ts";
import { RemoteAdministration } from "#platform/remote-administration.ts";
import type { LoadedSettings } from "#settings/load.ts";

/** Runs `use` on the running daemon of this configuration through its control socket, else on the store itself. */
export async function withAdministration<Result>(
  loaded: LoadedSettings,
  use: (administration: Administration) => Promise<Result>,
): Promise<Result> {
  const daemon = await probeDaemon(loaded.settings.dataDir);
  if (daemon !== undefined) return use(new RemoteAdministration(daemon.socketPath));
  const opened = await openHere(loaded);
  if (opened instanceof RemoteAdministration) return use(opened);
  try {
    return await use(opened.administration);
  } finally {
    await opened.close();
  }
}

/** The store; or, when a daemon that was just starting has taken it meanwhile, that daemon. */
async function openHere(loaded: LoadedSettings): Promise<OpenAdministration | RemoteAdministration> {
  const { openLocalAdministration } = await import("#configurations/administration.ts");
  try {
    return await openLocalAdministration(loaded);
  } catch (error) {
    const daemon = await probeDaemon(loaded.settings.dataDir);
    if (daemon === undefined) throw error;
    return new RemoteAdministration(daemon.socketPath);
  }
}

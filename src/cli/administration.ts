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
  const { openLocalAdministration } = await import("#configurations/administration.ts");
  const local = await openLocalAdministration(loaded);
  try {
    return await use(local.administration);
  } finally {
    await local.close();
  }
}

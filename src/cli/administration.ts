import type { OpenAdministration } from "#configurations/administration.ts";
import type { Administration } from "#core/api/operations.ts";
import { GatewayError } from "#core/errors.ts";
import { probeDaemon } from "#platform/daemon-status.ts";
import { remoteAdministration } from "#platform/remote-administration.ts";
import type { LoadedSettings } from "#settings/load.ts";

/** Each try waits for the lock as long as a command may hold it; a daemon that starts with much to check takes longer. */
const mostTries = 5;

/** Runs `use` on the running daemon of this configuration through its control socket, else on the store itself. */
export async function withAdministration<Result>(
  loaded: LoadedSettings,
  use: (administration: Administration) => Promise<Result>,
): Promise<Result> {
  const { administration, close } = (await daemonOf(loaded)) ?? (await openHere(loaded));
  try {
    return await use(administration);
  } finally {
    await close();
  }
}

async function daemonOf({ settings }: LoadedSettings): Promise<OpenAdministration | undefined> {
  const daemon = await probeDaemon(settings.dataDir);
  if (daemon === undefined) return undefined;
  return { administration: remoteAdministration(daemon.socketPath), close: async () => undefined };
}

/** The store; or, when a daemon that is just starting has taken it meanwhile, that daemon as soon as it answers. */
async function openHere(loaded: LoadedSettings, tries = mostTries): Promise<OpenAdministration> {
  const { openLocalAdministration } = await import("#configurations/administration.ts");
  try {
    return await openLocalAdministration(loaded);
  } catch (error) {
    const daemon = await daemonOf(loaded);
    if (daemon !== undefined) return daemon;
    const isTaken = error instanceof GatewayError && error.code === "unavailable";
    if (!isTaken || tries === 1) throw error;
    return openHere(loaded, tries - 1);
  }
}

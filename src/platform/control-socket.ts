import { claimControlPath, releaseControlPath } from "#platform/control-path.ts";
import type { Connection, RequestHandler } from "#platform/listener.ts";
import { openPrivateSocket } from "#platform/private-socket.ts";

/** The open control socket of a daemon. */
export interface ControlSocket {
  readonly path: string;
  /** Resolves when running requests have ended and the socket's file is gone, unless it is that of another process by now. */
  stop(): Promise<void>;
}

const rootConnection: Connection = { address: "", root: true, keepOpen: () => undefined };
const bodyLimitBytes = 32 * 1024 * 1024;

/**
 * Opens the control socket of a data directory with mode 0600; whoever may open the file is local root. The caller
 * holds the directory's lock. Throws `unavailable` if it cannot be opened.
 */
export function openControlSocket(options: { readonly dataDir: string; readonly app: RequestHandler }): ControlSocket {
  const path = claimControlPath(options.dataDir);
  const socket = openPrivateSocket(path, bodyLimitBytes, (request) => options.app.fetch(request, rootConnection));
  return {
    path,
    async stop() {
      if (await socket.stop()) releaseControlPath(options.dataDir);
    },
  };
}

import { claimControlPath, type ControlKind, releaseControlPath, usualControlKind } from "#platform/control-path.ts";
import { openControlPort } from "#platform/control-port.ts";
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

/** What a control socket is opened with. */
export interface ControlSocketOptions {
  readonly dataDir: string;
  readonly app: RequestHandler;
  /** What this system has if left out. */
  readonly kind?: ControlKind;
}

/**
 * Opens the control socket of a data directory with mode 0600; whoever may open the file is local root. The caller
 * holds the directory's lock. Throws `unavailable` if it cannot be opened.
 */
export function openControlSocket({ dataDir, app, kind = usualControlKind }: ControlSocketOptions): ControlSocket {
  const path = claimControlPath(dataDir, kind);
  const open = kind === "socket" ? openPrivateSocket : openControlPort;
  const socket = open(path, bodyLimitBytes, (request) => app.fetch(request, rootConnection));
  return {
    path,
    async stop() {
      if (await socket.stop()) releaseControlPath(dataDir, kind);
    },
  };
}

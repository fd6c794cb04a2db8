import { chmodSync } from "node:fs";
import { GatewayError } from "#core/errors.ts";
import { claimControlPath, releaseControlPath } from "#platform/control-path.ts";
import { answerInternalError, type Connection, type RequestHandler } from "#platform/listener.ts";

/** The open control socket of a daemon. */
export interface ControlSocket {
  readonly path: string;
  /** Resolves when running requests have ended and the socket's file is gone. */
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
  const server = serveUnix(path, options.app);
  return {
    path,
    async stop() {
      await server.stop();
      releaseControlPath(options.dataDir);
    },
  };
}

function serveUnix(path: string, app: RequestHandler): Bun.Server<undefined> {
  // The mask makes the file private from its first moment, not only after the chmod below.
  const previousMask = process.umask(0o177);
  try {
    const server = Bun.serve({
      unix: path,
      development: false,
      maxRequestBodySize: bodyLimitBytes,
      fetch(request, server) {
        // An export may think for longer than the runtime's idle timeout.
        server.timeout(request, 0);
        return app.fetch(request, rootConnection);
      },
      error: answerInternalError,
    });
    chmodSync(path, 0o600);
    return server;
  } catch (cause) {
    throw new GatewayError("unavailable", `Cannot open the control socket ${path}.`, { cause });
  } finally {
    process.umask(previousMask);
  }
}

import { chmodSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { GatewayError } from "#core/errors.ts";
import { answerInternalError } from "#platform/listener.ts";

/** A Unix socket that answers HTTP to this user alone. */
export interface PrivateSocket {
  /**
   * Resolves when running requests have ended, or were cut off if `atOnce`: with true when the file was still its own and is gone,
   * with false when another socket has taken its path since.
   */
  stop(atOnce?: boolean): Promise<boolean>;
}

/**
 * Listens at the path, in the place of whatever socket was there; requests may take as long as they need. Throws `unavailable` if it
 * cannot be opened.
 */
export function openPrivateSocket(
  path: string,
  maxRequestBodySize: number,
  answer: (request: Request) => Response | Promise<Response>,
): PrivateSocket {
  // The runtime removes the path that a socket was bound at, whatever lies there by then. Renamed, that is nobody's.
  const boundPath = join(dirname(path), `ctl.${process.pid}`);
  // The mask makes the file private from its first moment, not only after the chmod below.
  const previousMask = process.umask(0o177);
  try {
    rmSync(boundPath, { force: true });
    const server = Bun.serve({
      unix: boundPath,
      development: false,
      maxRequestBodySize,
      fetch(request, server) {
        // An export may think for longer than the runtime's idle timeout.
        server.timeout(request, 0);
        return answer(request);
      },
      error: answerInternalError,
    });
    chmodSync(boundPath, 0o600);
    renameSync(boundPath, path);
    return { stop: stopping(server, path) };
  } catch (cause) {
    throw new GatewayError("unavailable", `Cannot open the socket ${path}.`, { cause });
  } finally {
    process.umask(previousMask);
  }
}

function stopping(server: Bun.Server<undefined>, path: string): PrivateSocket["stop"] {
  const inode = inodeOf(path);
  return async (atOnce = false) => {
    await server.stop(atOnce);
    const isOwn = inodeOf(path) === inode;
    if (isOwn) rmSync(path, { force: true });
    return isOwn;
  };
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

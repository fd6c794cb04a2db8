import { lstatSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { GatewayError } from "#core/errors.ts";

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, its final NUL included. */
const longestSocketPath = process.platform === "darwin" ? 103 : 107;

/** Whether a socket can lie at this path, by its length. */
export function isSocketPath(path: string): boolean {
  return Buffer.byteLength(path) <= longestSocketPath;
}

/** How commands reach a daemon: by a socket in the file system, or by a port of loopback that a private file tells of. */
export type ControlKind = "socket" | "port";

/** Windows has sockets in the file system only since 2018, and programs there may not be able to use them. */
export const usualControlKind: ControlKind = process.platform === "win32" ? "port" : "socket";

const portFile = "control.port";

/** Whether what lies at this path tells of a port. */
export function isControlPortFile(path: string): boolean {
  return basename(path) === portFile;
}

const pointerFile = (dataDir: string): string => join(dataDir, "control.path");

/**
 * Where the daemon of a data directory opens its control socket: `control.sock` inside, or, where that path is too
 * long for a socket, a fresh private directory whose path is recorded in `control.path` (mode 0600). An old socket
 * there is removed; anything else of that name is `config_invalid`. A port is told of in `control.port`. Only the holder of
 * the directory's lock may call.
 */
export function claimControlPath(dataDir: string, kind: ControlKind): string {
  releaseControlPath(dataDir, kind);
  if (kind === "port") return join(dataDir, portFile);
  const path = join(dataDir, "control.sock");
  if (isSocketPath(path)) return path;
  const short = join(mkdtempSync(join(tmpdir(), "tokligence-")), "control.sock");
  writeFileSync(pointerFile(dataDir), short, { mode: 0o600 });
  return short;
}

/** Where a daemon of this data directory would listen, or tell of its port; there may be nothing. */
export function findControlPath(dataDir: string, kind: ControlKind = usualControlKind): string {
  if (kind === "port") return join(dataDir, portFile);
  const path = join(dataDir, "control.sock");
  if (isSocketPath(path)) return path;
  try {
    return readFileSync(pointerFile(dataDir), "utf8").trim();
  } catch {
    return path;
  }
}

/** Removes what `claimControlPath` and the socket have left behind. */
export function releaseControlPath(dataDir: string, kind: ControlKind): void {
  const path = findControlPath(dataDir, kind);
  if (kind === "port") {
    rmSync(path, { force: true });
    return;
  }
  removeSocket(path);
  rmSync(pointerFile(dataDir), { force: true });
  if (dirname(path) !== dataDir) removeEmptyDirectory(dirname(path));
}

/** Never recursive: the path came out of a file. */
function removeEmptyDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Gone already, or not ours alone.
  }
}

function removeSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new GatewayError("config_invalid", `${path} is in the way of the control socket; move it away.`);
  rmSync(path, { force: true });
}

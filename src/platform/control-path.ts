import { lstatSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { GatewayError } from "#core/errors.ts";

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, its final NUL included. */
const longestSocketPath = process.platform === "darwin" ? 103 : 107;

/** Whether a socket can lie at this path, by its length. */
export function isSocketPath(path: string): boolean {
  return Buffer.byteLength(path) <= longestSocketPath;
}

const pointerFile = (dataDir: string): string => join(dataDir, "control.path");

/**
 * Where the daemon of a data directory opens its control socket: `control.sock` inside, or, where that path is too
 * long for a socket, a fresh private directory whose path is recorded in `control.path` (mode 0600). An old socket
 * there is removed; anything else of that name is `config_invalid`. Only the holder of the directory's lock may call.
 */
export function claimControlPath(dataDir: string): string {
  const path = join(dataDir, "control.sock");
  releaseControlPath(dataDir);
  if (isSocketPath(path)) return path;
  const short = join(mkdtempSync(join(tmpdir(), "tokligence-")), "control.sock");
  writeFileSync(pointerFile(dataDir), short, { mode: 0o600 });
  return short;
}

/** Where a daemon of this data directory would listen; the socket may not exist. */
export function findControlPath(dataDir: string): string {
  const path = join(dataDir, "control.sock");
  if (isSocketPath(path)) return path;
  try {
    return readFileSync(pointerFile(dataDir), "utf8").trim();
  } catch {
    return path;
  }
}

/** Removes what `claimControlPath` and the socket have left behind. */
export function releaseControlPath(dataDir: string): void {
  const path = findControlPath(dataDir);
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

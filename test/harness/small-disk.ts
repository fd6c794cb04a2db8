import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testedProgram } from "./gateway.ts";

/** Whether this machine lets a process have a disk of its own (Linux with user namespaces). */
export const canHaveDisk: boolean =
  process.platform === "linux" &&
  Bun.spawnSync(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).exitCode === 0;

/** The program under test with a disk of `mebibytes` of its own mounted at `directory`, which must exist. */
export function withSmallDisk(directory: string, mebibytes: number): readonly string[] {
  const script = `mount -t tmpfs -o size=${mebibytes}m tmpfs "$0" && exec "$@"`;
  return ["unshare", "-rm", "sh", "-c", script, directory, ...testedProgram];
}

/** Where a file of such a process is seen from here. */
export function insideDisk(pid: number, path: string): string {
  return join(`/proc/${pid}/root`, path);
}

/** Takes all the space that is left on a disk; the returned function gives it back. */
export function fillDisk(directory: string): () => void {
  const path = join(directory, "filler");
  for (let pieceBytes = 1 << 20; pieceBytes >= 1; pieceBytes >>= 2) {
    for (;;) {
      try {
        writeFileSync(path, new Uint8Array(pieceBytes), { flag: "a" });
      } catch {
        break;
      }
    }
  }
  return () => rmSync(path);
}

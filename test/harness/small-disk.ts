import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testedProgram } from "./gateway.ts";

/** How a process gets mounts of its own: root needs nothing else, others a user namespace as well. */
const unshare: readonly string[] = ["unshare", process.getuid?.() === 0 ? "-m" : "-rm"];

/**
 * The program under test with a disk of `mebibytes` of its own mounted at `directory`, which must exist, and nothing left on it
 * where it is to be full. Throws where the machine does not allow that.
 */
export function withSmallDisk(
  directory: string,
  mebibytes: number,
  fill: "empty" | "full" = "empty",
): readonly string[] {
  const mount = `mount -t tmpfs -o size=${mebibytes}m tmpfs "$0"`;
  const trial = Bun.spawnSync([...unshare, "sh", "-c", mount, directory]);
  if (trial.exitCode !== 0) {
    throw new Error(`This test mounts a small disk for itself (Linux, root or user namespaces): ${trial.stderr}`);
  }
  const filling = fill === "full" ? `; cat /dev/zero 2>/dev/null > "$0/filler"; ` : " && ";
  return [...unshare, "sh", "-c", `${mount}${filling}exec "$@"`, directory, ...testedProgram];
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

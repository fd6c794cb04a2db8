import { existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Most files that this process may have open; undefined where the system does not tell. */
export function descriptorLimit(limits: string = readText("/proc/self/limits")): number | undefined {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (soft === undefined) return undefined;
  return soft === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(soft);
}

/** Bytes and files that this user may still write at the directory, or where it would be made. */
export function freeSpace(directory: string): { readonly bytes: number; readonly files: number | undefined } {
  const { bavail, bsize, ffree, files } = statfsSync(nearestExisting(directory));
  // Some file systems make room for files as they go, and count none.
  return { bytes: bavail * bsize, files: files > 0 ? ffree : undefined };
}

/** The directory itself, or the closest one above it that exists. */
export function nearestExisting(directory: string): string {
  const parent = dirname(directory);
  return existsSync(directory) || parent === directory ? directory : nearestExisting(parent);
}

/** Bytes of a file; undefined when there is none. */
export function fileSize(...path: readonly [string, ...string[]]): number | undefined {
  return statSync(join(...path), { throwIfNoEntry: false })?.size;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

import { closeSync, fsyncSync, openSync } from "node:fs";
import type { DirectorySync } from "#core/effects/directory-sync.ts";

/** How names are made to last on a platform. Throws as `node:fs` does. */
export function directorySync(platform: NodeJS.Platform): DirectorySync {
  // Windows flushes no directories: it answers EPERM, and keeps names in a journal of its own.
  if (platform === "win32") return () => undefined;
  return (path) => {
    const directory = openSync(path, "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  };
}

/** As `directorySync` has it for this machine. */
export const syncDirectory: DirectorySync = directorySync(process.platform);

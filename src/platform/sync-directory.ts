import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes the names in a directory survive power loss: a file that is synced may still be without its name. Throws as `node:fs` does. */
export function syncDirectory(path: string): void {
  // Windows flushes no directories: it answers EPERM, and keeps names in a journal of its own.
  if (process.platform === "win32") return;
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

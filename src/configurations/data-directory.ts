import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";

/** Whether nobody works on this data directory at this moment; nothing is made, and nothing waited for. */
export function isDirectoryFree(dataDir: string): boolean {
  return !new DirectoryLock(dataDir).isElsewhere();
}

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { diskError } from "#integrations/archive/disk-error.ts";

const prefix = ".archive-";

/** A directory for one archive on its way, gone with its block. */
export interface Staging extends Disposable {
  readonly path: string;
}

/** Makes one in the data directory, whose disk has to hold what is moved anyway. Throws `storage_failed` or `invalid_request`. */
export function openStaging(dataDir: string): Staging {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const path = mkdtempSync(join(dataDir, prefix));
    return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
  } catch (thrown) {
    throw diskError(thrown, dataDir);
  }
}

/** Removes what a process that died left behind. Only the holder of the directory's lock may call. */
export function sweepStaging(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith(prefix)) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

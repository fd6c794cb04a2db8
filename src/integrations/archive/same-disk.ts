import { copyFileSync, mkdirSync, mkdtempSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncFile } from "#integrations/archive/pack.ts";

/** Where a file lies from which a rename to `to` is one step: it is copied beside it when it lies on another disk. */
export async function bringBeside(from: string, to: string): Promise<string> {
  const directory = dirname(to);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (statSync(directory).dev === statSync(from).dev) return from;
  const path = join(mkdtempSync(join(directory, ".archive-")), basename(to));
  copyFileSync(from, path);
  await syncFile(path);
  return path;
}

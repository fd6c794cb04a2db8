import { statfsSync } from "node:fs";
import { GatewayError } from "#core/errors.ts";

/** What lies there twice for a while: beside what is in force, and in its place. */
const copies = 2;

/** Refuses with `storage_failed` when the disk of `directory` has no room for `bytes` twice over. */
export function requireSpace(directory: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  if (free >= bytes * copies) return;
  throw new GatewayError(
    "storage_failed",
    `There is not enough room in ${directory}: ${bytes * copies} bytes are needed, ${free} are free.`,
    { details: { reason: "full", needed: bytes * copies, free } },
  );
}

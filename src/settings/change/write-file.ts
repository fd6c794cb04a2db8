import {
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { GatewayError } from "#core/errors.ts";

/**
 * Puts a whole file in place at once, mode 0600, missing directories 0700; a reader sees the old text or the new one.
 * A symbolic link stays one. Throws `storage_failed` naming the file.
 */
export function writePrivateFile(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const target = existsSync(path) ? realpathSync(path) : path;
    const draft = `${target}.${process.pid}.new`;
    try {
      writeDraft(draft, text, statSync(target, { throwIfNoEntry: false }));
      renameSync(draft, target);
    } finally {
      rmSync(draft, { force: true });
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown reason";
    throw new GatewayError("storage_failed", `cannot write ${path}: ${reason}`, { cause });
  }
}

function writeDraft(
  draft: string,
  text: string,
  before: { readonly uid: number; readonly gid: number } | undefined,
): void {
  const descriptor = openSync(draft, "wx", 0o600);
  try {
    // Root may edit the file of the user that serves, who must be able to read it afterwards.
    if (before !== undefined && process.getuid?.() === 0) fchownSync(descriptor, before.uid, before.gid);
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

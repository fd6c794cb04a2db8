import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { GatewayError } from "#core/errors.ts";
import type { PlannedFile } from "#settings/change/change-setting.ts";
import { secretsOf } from "#settings/change/mask-secrets.ts";

interface Rights {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const forOwnerAlone = 0o600;
const forOthers = 0o077;
const forGroup = 0o070;

/**
 * Puts a whole file in place at once; a reader sees the old text or the new one. A new one is private (0600, directories
 * 0700). One that is there keeps mode, owner and group, unless this brings a secret to where others could read it: then it becomes
 * private, and the answer is a sentence that says so. A symbolic link stays one. Throws `storage_failed` naming the file.
 */
export function writeConfigurationFile({ path, text }: PlannedFile): string | undefined {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const target = existsSync(path) ? realpathSync(path) : path;
    const before = rightsOf(target);
    const isExposed =
      before !== undefined && (before.mode & forOthers) !== 0 && bringsSecret(readFileSync(target, "utf8"), text);
    const draft = `${target}.${process.pid}.new`;
    try {
      writeDraft(draft, text, isExposed ? { ...before, mode: forOwnerAlone } : before);
      renameSync(draft, target);
    } finally {
      rmSync(draft, { force: true });
    }
    return isExposed ? madePrivate(path, before.mode) : undefined;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown reason";
    throw new GatewayError("storage_failed", `cannot write ${path}: ${reason}`, { cause });
  }
}

/** Undefined where there is no file, and on Windows, where a mode says nothing of who may read. */
function rightsOf(path: string): Rights | undefined {
  const found = process.platform === "win32" ? undefined : statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : { mode: found.mode & 0o777, uid: found.uid, gid: found.gid };
}

function bringsSecret(before: string, after: string): boolean {
  const known = new Set(secretsOf(before));
  return secretsOf(after).some((secret) => !known.has(secret));
}

function madePrivate(path: string, mode: number): string {
  const modes = `mode 0600, was 0${mode.toString(8)}`;
  return `${path} is for its owner alone now (${modes}): it was given a secret. A reference, such as file:///path, is none.`;
}

function writeDraft(draft: string, text: string, rights: Rights | undefined): void {
  const descriptor = openSync(draft, "wx", forOwnerAlone);
  try {
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    if (rights !== undefined) giveRights(descriptor, rights);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function giveRights(descriptor: number, { mode, uid, gid }: Rights): void {
  // Whoever serves must be able to read afterwards what root has edited.
  if (process.getuid?.() === 0) fchownSync(descriptor, uid, gid);
  const isSameGroup = fstatSync(descriptor).gid === gid;
  fchmodSync(descriptor, modeFor(mode, isSameGroup));
}

/** The mode of a file that takes another's place: what one group could do is not for another, unless it is for all. */
export function modeFor(mode: number, isSameGroup: boolean): number {
  return isSameGroup ? mode : (mode & ~forGroup) | ((mode & 0o007) << 3);
}

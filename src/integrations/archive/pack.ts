import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { ArchiveMember, Manifest } from "#core/archive/manifest.ts";
import { manifestName } from "#core/archive/manifest.ts";
import type { DirectorySync } from "#core/effects/directory-sync.ts";
import { GatewayError } from "#core/errors.ts";
import { diskError } from "#integrations/archive/disk-error.ts";
import { blockBytes, paddingAfter, tarHeader } from "#integrations/archive/tar-header.ts";
import { peekManifest } from "#integrations/archive/unpack.ts";

/** A member and the file that holds it. */
export interface PackedFile {
  readonly member: ArchiveMember;
  readonly path: string;
}

/** Size and SHA-256 of a file, read once from its beginning to its end. */
export async function measure(name: string, path: string): Promise<PackedFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { member: { name, bytes, sha256: hash.digest("hex") }, path };
}

/**
 * Writes an archive to `path`, in the place of an older one if there is one: beside it first, synced, then renamed, mode
 * 0600. Size and SHA-256 of it. Rejects with `invalid_request` for a place that cannot be written or holds anything else,
 * `storage_failed` when the disk is full.
 */
export async function packArchive(
  path: string,
  manifest: Manifest,
  files: readonly PackedFile[],
  syncNames: DirectorySync,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  if (!isAbsolute(path)) {
    throw new GatewayError("invalid_request", "The path of the archive must be absolute.", {
      details: { field: "path" },
    });
  }
  if (!(await mayBeReplaced(path, manifest.schema))) {
    throw new GatewayError("invalid_request", `${path} is there already and is no archive: it is not replaced.`, {
      details: { field: "path" },
    });
  }
  const draft = `${path}.part`;
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    // Whatever lies there, a link or a file that others can read, is gone: it is neither followed nor filled.
    await rm(draft, { force: true });
    const target = createWriteStream(draft, { mode: 0o600, flags: "wx" });
    await pipeline(Readable.from(tarBytes(manifest, files)), createGzip({ level: 6 }), hashing, target);
    await syncFile(draft);
    const { size } = await stat(draft);
    await rename(draft, path);
    syncNames(dirname(path));
    return { bytes: size, sha256: hash.digest("hex") };
  } catch (thrown) {
    await rm(draft, { force: true });
    throw diskError(thrown, path);
  }
}

/** Nothing, or an archive of before: never a database or a configuration whose path was typed by mistake. */
async function mayBeReplaced(path: string, schema: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return true;
  if (!found.isFile()) return false;
  return peekManifest(path, schema).then(
    () => true,
    () => false,
  );
}

async function* tarBytes(manifest: Manifest, files: readonly PackedFile[]): AsyncGenerator<Uint8Array> {
  const at = Date.parse(manifest.created_at);
  const text = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
  yield tarHeader({ name: manifestName, bytes: text.length }, at);
  yield text;
  yield new Uint8Array(paddingAfter(text.length));
  for (const { member, path } of files) {
    yield tarHeader(member, at);
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
    yield new Uint8Array(paddingAfter(member.bytes));
  }
  yield new Uint8Array(2 * blockBytes);
}

/** Makes a file of one's own survive power loss; its name is for `DirectorySync`. */
export async function syncFile(path: string): Promise<void> {
  // Windows flushes only what is open for writing.
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

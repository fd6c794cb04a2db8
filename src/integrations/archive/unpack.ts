import { createHash } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ArchiveLimits, archiveLimits } from "#core/archive/archive-limits.ts";
import { type ArchiveMember, type Manifest, manifestName, readManifest } from "#core/archive/manifest.ts";
import { GatewayError } from "#core/errors.ts";
import { ByteSource } from "#integrations/archive/byte-source.ts";
import { diskError } from "#integrations/archive/disk-error.ts";
import { blockBytes, paddingAfter, readTarHeader, type TarEntry } from "#integrations/archive/tar-header.ts";

/** What reading an archive is bound by. */
export interface UnpackWishes {
  /** Newest step of the schema that this program knows. */
  readonly schema: number;
  /** Told what will come before any of it is written; throwing ends the reading. */
  readonly expect: (manifest: Manifest) => void;
  readonly limits?: ArchiveLimits;
}

/**
 * Reads an archive into `directory`, which is empty, and writes nothing else: every member under its own name, as long and
 * with the SHA-256 that the manifest says, in its order, and no other. Rejects with `invalid_request` for any other file.
 */
export async function unpackArchive(path: string, directory: string, wishes: UnpackWishes): Promise<Manifest> {
  const limits = wishes.limits ?? archiveLimits;
  await using source = new ByteSource(path, limits);
  const manifest = await readFirst(source, limits, wishes.schema);
  wishes.expect(manifest);
  try {
    for (const member of manifest.members) await readMember(source, member, directory);
  } catch (thrown) {
    throw diskError(thrown, directory);
  }
  await source.end();
  return manifest;
}

/** The manifest alone. */
export async function peekManifest(path: string, schema: number): Promise<Manifest> {
  await using source = new ByteSource(path, archiveLimits);
  return await readFirst(source, archiveLimits, schema);
}

async function readFirst(source: ByteSource, limits: ArchiveLimits, schema: number): Promise<Manifest> {
  const first = await nextEntry(source);
  if (first?.name !== manifestName) throw refusal("it does not begin with a manifest");
  if (first.bytes > limits.maxManifestBytes) throw refusal("its manifest is too long");
  const text = new TextDecoder().decode(await source.exactly(first.bytes));
  await source.exactly(paddingAfter(first.bytes));
  return readManifest(text, schema);
}

async function readMember(source: ByteSource, member: ArchiveMember, directory: string): Promise<void> {
  const entry = await nextEntry(source);
  if (entry?.name !== member.name || entry.bytes !== member.bytes) {
    throw refusal(`where its manifest says ${member.name} there is something else`);
  }
  const path = join(directory, member.name);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  const file = await open(path, "wx", 0o600);
  try {
    for await (const piece of source.pieces(member.bytes)) {
      hash.update(piece);
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await source.exactly(paddingAfter(member.bytes));
  if (hash.digest("hex") !== member.sha256) throw refusal(`${member.name} is not what its manifest says`);
}

async function nextEntry(source: ByteSource): Promise<TarEntry | undefined> {
  return readTarHeader(await source.exactly(blockBytes));
}

function refusal(why: string): GatewayError {
  return new GatewayError("invalid_request", `The archive cannot be taken: ${why}.`);
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ArchiveReceipt, Archivist, ImportReport, ImportWishes } from "#core/archive/archivist.ts";
import type { ArchiveStore, Dump } from "#core/archive/archive-store.ts";
import { archiveTables } from "#core/archive/archive-tables.ts";
import { archiveVersion, type Manifest, sealedName } from "#core/archive/manifest.ts";
import type { Trail } from "#core/audit/trail.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { DirectorySync } from "#core/effects/directory-sync.ts";
import type { Digest } from "#core/effects/digest.ts";
import { type Peppers, pepperFingerprint } from "#core/identity/peppers.ts";
import type { Part } from "#core/part.ts";
import { collectFiles, type DirectoryFiles } from "#integrations/archive/directory-files.ts";
import { importArchive } from "#integrations/archive/import-archive.ts";
import { measure, packArchive, type PackedFile } from "#integrations/archive/pack.ts";
import { type Secrets, seal } from "#integrations/archive/seal.ts";
import { openStaging, sweepStaging } from "#integrations/archive/staging.ts";

/** What archives are made of. */
export interface FileArchivistParts {
  readonly store: ArchiveStore;
  readonly peppers: Peppers;
  readonly digest: Digest;
  readonly clock: Pick<Clock, "now">;
  readonly files: DirectoryFiles;
  readonly syncNames: DirectorySync;
  /** Version of this program. */
  readonly product: string;
  /** Last step of the schema that it knows. */
  readonly schema: number;
}

/** Archives as files of this machine. As a part it removes, at start, what a process that died left half-way. */
export class FileArchivist implements Archivist, Part {
  readonly name = "archive";
  readonly #parts: FileArchivistParts;

  constructor(parts: FileArchivistParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    sweepStaging(this.#parts.files.dataDir);
  }

  async stop(): Promise<void> {}

  async exportTo(path: string, passphrase: string | undefined): Promise<ArchiveReceipt> {
    using staging = openStaging(this.#parts.files.dataDir);
    const dump = await this.#parts.store.writeRecords(staging.path);
    const files: PackedFile[] = [];
    for (const { name } of archiveTables) {
      files.push(await measure(`tables/${name}.jsonl`, join(staging.path, `${name}.jsonl`)));
    }
    const peppers = this.#parts.peppers.all().map(([id, pepper]) => [`pepper.${id}`, pepper.toHex()] as const);
    return await this.#finish("export", path, staging.path, dump, files, {
      passphrase,
      secrets: Object.fromEntries(peppers),
      notes: [],
    });
  }

  async backupTo(path: string, passphrase: string | undefined): Promise<ArchiveReceipt> {
    using staging = openStaging(this.#parts.files.dataDir);
    // The spool first: a row that leaves it for the database meanwhile is then in both, and counts once.
    const { files, secrets, notes } = await collectFiles(this.#parts.files, staging.path, passphrase === undefined);
    const copied = join(staging.path, "gateway.db");
    const dump = await this.#parts.store.copyTo(copied);
    files.push(await measure("data/gateway.db", copied));
    return await this.#finish("backup", path, staging.path, dump, files, { passphrase, secrets, notes });
  }

  async importFrom(path: string, wishes: ImportWishes, trail: Trail): Promise<ImportReport> {
    using staging = openStaging(this.#parts.files.dataDir);
    return await importArchive(this.#parts, path, staging.path, wishes, trail);
  }

  async #finish(
    kind: Manifest["kind"],
    path: string,
    staging: string,
    dump: Dump,
    files: PackedFile[],
    hidden: { readonly passphrase: string | undefined; readonly secrets: Secrets; readonly notes: readonly string[] },
  ): Promise<ArchiveReceipt> {
    const { passphrase, secrets, notes } = hidden;
    if (passphrase !== undefined) {
      const sealed = join(staging, sealedName);
      writeFileSync(sealed, await seal(secrets, passphrase), { mode: 0o600 });
      files.push(await measure(sealedName, sealed));
    }
    const { peppers, digest, clock, product, syncNames } = this.#parts;
    const fingerprints = peppers.all().map(([id, pepper]) => [id, pepperFingerprint(digest, pepper)] as const);
    const manifest: Manifest = {
      format: "tokligence-archive",
      kind,
      version: archiveVersion,
      product,
      schema: dump.schema,
      created_at: new Date(clock.now()).toISOString(),
      node_id: dump.nodeId,
      secrets: passphrase === undefined ? "absent" : "encrypted",
      peppers: Object.fromEntries(fingerprints),
      counts: { ...dump.counts },
      notes: [...notes],
      members: files.map(({ member }) => member),
    };
    const written = await packArchive(path, manifest, files, syncNames);
    return { path, ...written, counts: dump.counts, secrets: manifest.secrets };
  }
}

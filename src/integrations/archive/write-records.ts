import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ForeignPlan } from "#core/archive/foreign-plan.ts";
import { archiveVersion, type Manifest } from "#core/archive/manifest.ts";
import type { DirectorySync } from "#core/effects/directory-sync.ts";
import { measure, packArchive, type PackedFile } from "#integrations/archive/pack.ts";
import { openStaging } from "#integrations/archive/staging.ts";

/** What the archive says of itself. */
export type RecordsOrigin = Pick<Manifest, "product" | "schema" | "created_at" | "node_id" | "peppers">;

/** Writes records as an export to `path`; they are staged in `directory`. */
export async function writeRecords(
  path: string,
  directory: string,
  tables: ForeignPlan["tables"],
  origin: RecordsOrigin,
  syncNames: DirectorySync,
): Promise<void> {
  using staging = openStaging(directory);
  const files: PackedFile[] = [];
  const counts: Record<string, number> = {};
  for (const [name, records] of Object.entries(tables)) {
    const written = join(staging.path, `${name}.jsonl`);
    writeFileSync(written, records.map((record) => `${JSON.stringify(record)}\n`).join(""), { mode: 0o600 });
    files.push(await measure(`tables/${name}.jsonl`, written));
    counts[name] = records.length;
  }
  const manifest: Manifest = {
    format: "tokligence-archive",
    kind: "export",
    version: archiveVersion,
    ...origin,
    secrets: "absent",
    counts,
    notes: [],
    members: files.map(({ member }) => member),
  };
  await packArchive(path, manifest, files, syncNames);
}

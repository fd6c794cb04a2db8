import type { Database } from "bun:sqlite";
import { GatewayError } from "#core/errors.ts";
import type { Migration } from "#integrations/stores/sqlite/migrations.ts";

interface AppliedMigration {
  readonly version: number;
  readonly sha256: string;
}

/**
 * Brings the schema up to date, each step in a transaction of its own, so that a run killed half-way resumes and a
 * second run does nothing. Throws `config_invalid` as `refuseUnknownSteps` does.
 */
export function migrate(database: Database, known: readonly Migration[], nowMs: number): void {
  database.run(`CREATE TABLE IF NOT EXISTS migration (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL
  ) STRICT`);
  refuseUnknownSteps(database, known);
  for (const step of known) applyOnce(database, step, nowMs);
}

/** Throws `config_invalid` when the database is newer than `known` or holds a step whose text differs. */
export function refuseUnknownSteps(database: Database, known: readonly Migration[]): void {
  using applied = database.prepare<AppliedMigration, []>("SELECT version, sha256 FROM migration ORDER BY version");
  for (const { version, sha256 } of applied.all()) {
    const step = known.find((candidate) => candidate.version === version);
    if (step === undefined) {
      throw new GatewayError(
        "config_invalid",
        `The database ${database.filename} was written by a newer tokligence (schema ${version}, this one knows ${known.length}). Run that version or a later one, or restore a backup made by this one.`,
        { details: { schema: version, known: known.length } },
      );
    }
    if (sha256 !== checksum(step)) {
      throw new GatewayError(
        "config_invalid",
        `Migration ${version} (${step.name}) in ${database.filename} is not the one this tokligence ships. The database was made by a modified build: use that build, or restore a backup.`,
        { details: { schema: version } },
      );
    }
  }
}

function applyOnce(database: Database, step: Migration, nowMs: number): void {
  const run = database.transaction(() => {
    // Asked again under the write lock: another process may have been quicker.
    using applied = database.prepare("SELECT 1 FROM migration WHERE version = ?");
    if (applied.get(step.version) !== null) return;
    database.run(step.sql);
    database.run("INSERT INTO migration (version, name, sha256, applied_at) VALUES (?, ?, ?, ?)", [
      step.version,
      step.name,
      checksum(step),
      nowMs,
    ]);
  });
  run.immediate();
}

function checksum(step: Migration): string {
  return new Bun.CryptoHasher("sha256").update(step.sql).digest("hex");
}

import type { Database } from "bun:sqlite";
import type { ArchiveConflict } from "#core/archive/archivist.ts";
import type { LoadReport, LoadWishes } from "#core/archive/archive-store.ts";
import { nounTables } from "#core/archive/archive-tables.ts";
import type { Trail } from "#core/audit/trail.ts";
import { GatewayError } from "#core/errors.ts";
import { alignFollowers } from "#integrations/stores/sqlite/archive/archive-followers.ts";
import { Endings } from "#integrations/stores/sqlite/archive/archive-endings.ts";
import { mergeBooks } from "#integrations/stores/sqlite/archive/archive-books.ts";
import { MergeTable, type Row, textOf } from "#integrations/stores/sqlite/archive/archive-merge-table.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { TrailTables } from "#integrations/stores/sqlite/trail.ts";

/** An import as it reaches the writer: a staged database, and what is wished. */
export interface MergeInput {
  readonly path: string;
  readonly wishes: LoadWishes;
  readonly trail: Trail;
}

/** Ends the transaction of a dry run. */
class DryRun extends Error {
  readonly report: LoadReport;

  constructor(report: LoadReport) {
    super("dry run");
    this.report = report;
  }
}

/** Takes what a staged archive holds into the database, in one transaction with its trail; a dry run does the same and takes it back. */
export function mergeCall(database: Database, commits: Commits): (input: MergeInput) => LoadReport {
  const merge = commits.durable(({ wishes, trail }: MergeInput) => {
    const report = new Merge(database, { wishes, trail }).run();
    if (wishes.dryRun) throw new DryRun(report);
    const details = { ...trail.audit.details, node_id: wishes.nodeId, ...report.counts };
    new TrailTables(database).write({ ...trail, audit: { ...trail.audit, details } });
    return report;
  });
  return (input) => {
    database.run("ATTACH ? AS staged", [input.path]);
    try {
      return merge(input);
    } catch (thrown) {
      if (thrown instanceof DryRun) return thrown.report;
      throw thrown;
    } finally {
      database.run("DETACH staged");
    }
  };
}

class Merge {
  readonly #database: Database;
  readonly #wishes: LoadWishes;
  readonly #counts: Record<string, number> = {};
  readonly #conflicts: ArchiveConflict[] = [];
  /** Names in the archive of what is called otherwise here. */
  readonly #renamed = new Map<string, Row[string]>();
  /** Names of what was not taken, so that nothing that refers to it can be. */
  readonly #leftOut = new Set<string>();
  /** Tables of records that build on each other, of which one clashed. */
  readonly #ended = new Set<MergeTable>();
  readonly #endings: Endings;
  #replaced = 0;

  constructor(database: Database, { wishes, trail }: Pick<MergeInput, "wishes" | "trail">) {
    this.#database = database;
    this.#wishes = wishes;
    this.#endings = new Endings(database, trail.audit.atMs);
  }

  run(): LoadReport {
    // A key and what is settled for it name each other's digest: both change before either is looked at.
    this.#database.run("PRAGMA defer_foreign_keys = ON");
    for (const described of nounTables) {
      const table = new MergeTable(this.#database, described);
      try {
        for (const row of table.staged()) this.#take(table, row);
      } finally {
        table.close();
      }
    }
    const books = mergeBooks(this.#database, this.#wishes);
    const notes = [...books.notes];
    if (this.#replaced > 0)
      notes.unshift(`Records that said something else here and were replaced: ${this.#replaced}.`);
    return {
      counts: { ...this.#counts, ...books.counts },
      conflicts: [...this.#conflicts, ...books.conflicts],
      notes,
    };
  }

  #take(table: MergeTable, staged: Row): void {
    const { refers = [] } = table.table;
    const row = this.#asCalledHere(staged, refers);
    const local = table.withKey(row);
    if (local !== undefined && table.same(row, local)) return;
    if (refers.some((name) => this.#leftOut.has(textOf(staged[name])))) {
      this.#leave(table, staged, "what it belongs to was not taken");
      return;
    }
    if (this.#ended.has(table)) {
      this.#report(table, staged, "one before it clashes");
      return;
    }
    if (local !== undefined) {
      this.#meet(table, staged, row, local);
      return;
    }
    const namesake = table.withNatural(row);
    if (namesake === undefined) {
      if (this.#endings.isFormer(table.table.name, row)) return;
      table.insert(row);
      this.#count(table);
    } else this.#meetNamesake(table, staged, row, namesake);
  }

  /** The same id is here with another content: replaced or reported. */
  #meet(table: MergeTable, staged: Row, row: Row, local: Row): void {
    const { fixed, whole } = table.table;
    if (hasEnded(table, row, local)) {
      this.#leave(table, staged, "it has ended here");
      return;
    }
    if (!this.#wishes.overwrite || fixed === true) {
      const reason = "it is here with another content";
      if (whole === true) this.#leave(table, staged, reason);
      else this.#report(table, staged, reason);
      return;
    }
    const namesake = table.withNatural(row);
    if (namesake !== undefined && table.idOf(namesake) !== table.idOf(row)) {
      this.#report(table, staged, `${this.#naturalNames(table)} is taken by ${table.idOf(namesake)}`);
      return;
    }
    this.#replace(table, row, local);
  }

  /** Something else is known here by the same name: under `overwrite` both become one, under the id it has here. */
  #meetNamesake(table: MergeTable, staged: Row, row: Row, namesake: Row): void {
    if (!this.#wishes.overwrite || table.table.fixed === true) {
      this.#leave(table, staged, `${this.#naturalNames(table)} is taken by ${table.idOf(namesake)}`);
      return;
    }
    if (hasEnded(table, row, namesake)) {
      this.#leave(table, staged, "it has ended here");
      return;
    }
    for (const name of namesOf(table)) this.#renamed.set(textOf(staged[name]), namesake[name] ?? null);
    const kept = Object.fromEntries(
      [...table.table.key, ...namesOf(table)].map((name) => [name, namesake[name] ?? null]),
    );
    const merged = { ...row, ...kept };
    if (!table.same(merged, namesake)) this.#replace(table, merged, namesake);
  }

  #replace(table: MergeTable, wanted: Row, local: Row): void {
    const { row, stays } = this.#endings.kept(table.table.name, wanted, local);
    for (const reason of stays) this.#report(table, wanted, reason);
    // What is settled for a key is filed under its digest.
    for (const name of namesOf(table))
      if (row[name] !== wanted[name]) this.#renamed.set(textOf(wanted[name]), row[name] ?? null);
    if (table.same(row, local)) return;
    alignFollowers(this.#database, table.table.name, row, local);
    table.replace(row);
    this.#replaced += 1;
    this.#count(table);
  }

  #asCalledHere(row: Row, refers: readonly string[]): Row {
    if (this.#renamed.size === 0 || refers.length === 0) return row;
    const renamed = refers.flatMap((name) => {
      const here = this.#renamed.get(textOf(row[name]));
      return here === undefined ? [] : [[name, here] as const];
    });
    return { ...row, ...Object.fromEntries(renamed) };
  }

  #leave(table: MergeTable, row: Row, reason: string): void {
    for (const name of namesOf(table)) this.#leftOut.add(textOf(row[name]));
    this.#report(table, row, reason);
  }

  #report(table: MergeTable, row: Row, reason: string): void {
    if (this.#conflicts.length >= maxConflicts) {
      throw new GatewayError("conflict", `More than ${maxConflicts} records clash: these are two different gateways.`);
    }
    if (table.table.fixed === true) this.#ended.add(table);
    this.#conflicts.push({ kind: table.table.name, id: table.idOf(row), reason });
  }

  #count(table: MergeTable): void {
    this.#counts[table.table.name] = (this.#counts[table.table.name] ?? 0) + 1;
  }

  #naturalNames({ table }: MergeTable): string {
    return `its ${(table.natural ?? []).map((name) => name.replace(/_key$/, "")).join(", ")}`;
  }
}

/** Beyond it a report helps nobody. */
const maxConflicts = 100_000;

function hasEnded({ table: { end } }: MergeTable, row: Row, local: Row): boolean {
  return end !== undefined && (local[end] ?? null) !== null && (row[end] ?? null) === null;
}

function namesOf({ table }: MergeTable): readonly string[] {
  return table.names ?? ["id"];
}

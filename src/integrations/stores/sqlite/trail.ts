import type { Database, Statement } from "bun:sqlite";
import { createAuditHasher } from "#core/audit/audit-chain.ts";
import type { AuditRecord } from "#core/audit/audit-record.ts";
import type { Trail } from "#core/audit/trail.ts";
import { chainStart } from "#core/ledger/chain.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { createRuntimeDigest } from "#integrations/stores/sqlite/ledger/chain-hash.ts";
import { recordEvents } from "#integrations/stores/sqlite/events.ts";

/** Where the chain of the audit ends. */
interface Tip {
  readonly seq: number;
  readonly at: number;
  readonly hash: Uint8Array;
}

/** Writes what a change leaves behind. Only ever called inside the transaction of that change. */
export class TrailTables {
  readonly #database: Database;
  readonly #hash = createAuditHasher(createRuntimeDigest());
  readonly #tip: Statement<Tip, []>;
  readonly #insert: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#tip = database.query("SELECT seq, at, hash FROM audit ORDER BY seq DESC LIMIT 1");
    this.#insert = database.query(
      `INSERT INTO audit (seq, at, actor_kind, actor_user_id, actor_key_id, action, outcome, target_kind, target_id,
       details, request_id, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** The record and the events of a change. */
  write({ audit, events }: Trail): void {
    this.append(audit);
    if (events.length > 0) recordEvents(this.#database, events);
  }

  /** A record at the end of its chain. */
  append(record: AuditRecord): void {
    const tip = this.#tip.get() ?? { seq: 0, at: Number.MIN_SAFE_INTEGER, hash: chainStart };
    // The wall clock may step back; the order of the audit does not.
    const row = { ...record, seq: tip.seq + 1, atMs: Math.max(tip.at, record.atMs) };
    const { actor, target } = row;
    this.#insert.run(
      row.seq,
      row.atMs,
      actor.kind,
      actor.userId ?? null,
      actor.keyId ?? null,
      row.action,
      row.outcome,
      target.kind,
      target.id,
      JSON.stringify(row.details),
      row.requestId ?? null,
      tip.hash,
      this.#hash(tip.hash, row),
    );
  }
}

/** `work` and its trail, the last argument, in one transaction. A `work` that answers false has changed nothing and leaves none. */
export function traced<Args extends unknown[], Output>(
  commits: Commits,
  trails: TrailTables,
  work: (...args: [...Args, trail: Trail]) => Output,
): (...args: [...Args, trail: Trail]) => Output {
  const durably = commits.durable((args: [...Args, trail: Trail]) => {
    const done = work(...args);
    if (done !== false) trails.write(args.at(-1) as Trail);
    return done;
  });
  return (...args) => durably(args);
}

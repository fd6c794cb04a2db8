import type { Database } from "bun:sqlite";
import { type Row, textOf } from "#integrations/stores/sqlite/archive/archive-merge-table.ts";

/** A record that takes the place of another, and what of that other stays because it ended here, in words. */
export interface KeptEndings {
  readonly row: Row;
  readonly stays: readonly string[];
}

const ofSecret = ["token_hash", "hash_alg", "pepper_id", "prefix"] as const;

/**
 * What ended at this gateway without the record itself having ended: secrets that were rotated away, users who were made
 * inactive, the life of a key. Nothing of it comes back with an archive, whatever is to be overwritten.
 */
export class Endings {
  readonly #database: Database;
  readonly #nowMs: number;
  /** Keys that keep the secret they have here. */
  readonly #rotated = new Set<string>();

  constructor(database: Database, nowMs: number) {
    this.#database = database;
    this.#nowMs = nowMs;
  }

  /** The record `row` of the archive as it may take the place of `local`. */
  kept(table: string, row: Row, local: Row): KeptEndings {
    if (table === "user" && local.status === "inactive" && row.status !== "inactive") {
      return { row: { ...row, status: "inactive" }, stays: ["it is inactive here and stays so"] };
    }
    if (table === "api_key") return this.#keptKey(row, local);
    if (table === "key_token" && Number(row.valid_until) > Number(local.valid_until)) {
      return { row: { ...row, valid_until: local.valid_until ?? 0 }, stays: ["its time is shorter here"] };
    }
    return { row, stays: [] };
  }

  /** Whether this is a former secret of a key that was rotated here later. */
  isFormer(table: string, row: Row): boolean {
    return table === "key_token" && this.#rotated.has(textOf(row.key_id));
  }

  #keptKey(row: Row, local: Row): KeptEndings {
    const stays: string[] = [];
    const kept: Record<string, Row[string]> = {};
    if (textOf(row.token_hash) !== textOf(local.token_hash) && this.#wasRotatedHere(textOf(local.id))) {
      this.#rotated.add(textOf(local.id));
      for (const name of ofSecret) kept[name] = local[name] ?? null;
      stays.push("its secret was rotated here and stays");
    }
    const end = local.expires_at ?? null;
    if (
      end !== null &&
      Number(end) <= this.#nowMs &&
      Number(row.expires_at ?? Number.POSITIVE_INFINITY) > Number(end)
    ) {
      kept.expires_at = end;
      stays.push("it has expired here and stays so");
    }
    return { row: { ...row, ...kept }, stays };
  }

  /** As the audits tell: here after the last time that the archive knows of. */
  #wasRotatedHere(id: string): boolean {
    const [here, there] = [this.#lastRotation("main", id), this.#lastRotation("staged", id)];
    return here !== null && (there === null || here > there);
  }

  #lastRotation(schema: "main" | "staged", id: string): number | null {
    using statement = this.#database.prepare<{ at: number | null }, [string]>(
      `SELECT max(at) AS at FROM ${schema}.audit WHERE action = 'rotateKey' AND target_id = ? AND outcome = 'done'`,
    );
    return statement.get(id)?.at ?? null;
  }
}

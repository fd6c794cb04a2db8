import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import { RecentCache } from "#core/recent-cache.ts";

/** What is added up, in the order of the columns. */
export const counters = [
  "requests",
  "failed",
  "aborted",
  "input_tokens",
  "cached_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "cost_nanos",
  "overhead_nanos",
  "unpriced",
] as const;

/** Length of a window of `usage_hour`, milliseconds. */
export const hourMs = 3_600_000;
/** Length of a window of `usage_day`, milliseconds. */
export const dayMs = 86_400_000;

const rememberedNames = 20_000;

interface Cell {
  readonly place: readonly number[];
  requests: number;
  failed: number;
  aborted: number;
  inputTokens: number;
  cachedTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  costNanos: bigint;
  overheadNanos: bigint;
  unpriced: number;
}

/** Keeps the totals of the rows of usage: few cells by hour and model, and finer ones by day, key and model. */
export class UsageTotals {
  readonly #subjects: NameNumbers;
  readonly #targets: NameNumbers;
  readonly #addToHour: Statement;
  readonly #addToDay: Statement;

  constructor(database: Database) {
    this.#subjects = new NameNumbers(database, "usage_subject", ["key_id", "user_id", "team_id", "tenant_id"]);
    this.#targets = new NameNumbers(database, "usage_target", ["model", "provider", "direction"]);
    this.#addToHour = database.query(upsert("usage_hour", ["hour", "target"]));
    this.#addToDay = database.query(upsert("usage_day", ["day", "subject", "target"]));
  }

  /** Adds rows that were just written, in the transaction that writes them; `atMs` is as it stands in the books. */
  add(rows: readonly LedgerEntry[]): void {
    this.#subjects.begin();
    this.#targets.begin();
    const hours = new Map<string, Cell>();
    const days = new Map<string, Cell>();
    for (const row of rows) {
      const { keyId = "", userId = "", teamId = "", tenantId } = row;
      const subject = this.#subjects.of([keyId, userId, teamId, tenantId]);
      const target = this.#targets.of([row.model ?? row.requestedModel, row.provider ?? "", row.direction]);
      count(cellOf(hours, [Math.floor(row.atMs / hourMs), target]), row);
      count(cellOf(days, [Math.floor(row.atMs / dayMs), subject, target]), row);
    }
    for (const cell of hours.values()) this.#addToHour.run(...valuesOf(cell));
    for (const cell of days.values()) this.#addToDay.run(...valuesOf(cell));
  }
}

/** Numbers that stand for names in the totals. */
class NameNumbers {
  readonly #known = new RecentCache<number>(rememberedNames);
  /** Given in this very transaction: should it fail, nobody has them. */
  readonly #given = new Map<string, number>();
  readonly #select: Statement<{ id: number }, string[]>;
  readonly #insert: Statement<{ id: number }, string[]>;

  constructor(database: Database, table: string, columns: readonly string[]) {
    const equal = columns.map((column) => `${column} = ?`).join(" AND ");
    this.#select = database.query(`SELECT id FROM ${table} WHERE ${equal}`);
    const marks = columns.map(() => "?").join(", ");
    this.#insert = database.query(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks}) RETURNING id`);
  }

  begin(): void {
    this.#given.clear();
  }

  of(names: string[]): number {
    const text = names.join("\n");
    const known = this.#known.get(text) ?? this.#given.get(text);
    if (known !== undefined) return known;
    const stored = this.#select.get(...names)?.id;
    if (stored !== undefined) {
      this.#known.set(text, stored);
      return stored;
    }
    const given = this.#insert.get(...names)?.id ?? 0;
    this.#given.set(text, given);
    return given;
  }
}

function cellOf(cells: Map<string, Cell>, place: readonly number[]): Cell {
  const key = place.join(" ");
  const known = cells.get(key);
  if (known !== undefined) return known;
  const tokens = { inputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 };
  const cell: Cell = {
    place,
    requests: 0,
    failed: 0,
    aborted: 0,
    ...tokens,
    costNanos: 0n,
    overheadNanos: 0n,
    unpriced: 0,
  };
  cells.set(key, cell);
  return cell;
}

function count(cell: Cell, row: LedgerEntry): void {
  const { inputTokens = 0, outputTokens = 0 } = row;
  cell.requests += 1;
  if (row.outcome === "failed") cell.failed += 1;
  if (row.outcome === "aborted") cell.aborted += 1;
  cell.inputTokens += inputTokens;
  cell.cachedTokens += row.cachedTokens ?? 0;
  cell.cacheWriteTokens += row.cacheWriteTokens ?? 0;
  cell.outputTokens += outputTokens;
  cell.reasoningTokens += row.reasoningTokens ?? 0;
  cell.costNanos += row.costNanos ?? 0n;
  cell.overheadNanos += row.overheadNanos ?? 0n;
  if (row.costNanos === undefined && inputTokens + outputTokens > 0) cell.unpriced += 1;
}

/** The values of `upsert`. */
function valuesOf(cell: Cell): SQLQueryBindings[] {
  return [
    ...cell.place,
    cell.requests,
    cell.failed,
    cell.aborted,
    cell.inputTokens,
    cell.cachedTokens,
    cell.cacheWriteTokens,
    cell.outputTokens,
    cell.reasoningTokens,
    within64Bits(cell.costNanos),
    within64Bits(cell.overheadNanos),
    cell.unpriced,
  ];
}

function upsert(table: string, place: readonly string[]): string {
  const columns = [...place, ...counters];
  // The cast keeps a sum beyond 64 bits at the largest number: a total must never keep a row out of the books.
  const sums = counters.map((name) => `${name} = CAST(${name} + excluded.${name} AS INTEGER)`).join(", ");
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
    ON CONFLICT DO UPDATE SET ${sums}`;
}

function within64Bits(nanos: bigint): bigint {
  if (BigInt.asIntN(64, nanos) === nanos) return nanos;
  return nanos < 0n ? -(2n ** 63n) : 2n ** 63n - 1n;
}

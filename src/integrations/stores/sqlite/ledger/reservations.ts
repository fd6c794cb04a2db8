import type { Database, Statement } from "bun:sqlite";
import type { BudgetId, RequestId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { BudgetMode } from "#core/budgets/budget.ts";
import type {
  Checkpoint,
  OpenReservation,
  Posting,
  Reservation,
  ReservationVerdict,
} from "#core/budgets/reservation.ts";
import { decodeEntry, encodeEntry } from "#integrations/stores/entry-text.ts";

interface ReservationRecord {
  readonly request_id: string;
  readonly state: "reserved" | "released";
  readonly amount_nanos: string;
  readonly postings: string;
  readonly draft: string;
  readonly checkpointed: number;
  readonly at: number;
}

interface WindowRecord {
  readonly mode: BudgetMode;
  readonly limited: string;
  readonly spent: string;
  readonly reserved: string;
}

const selectReservations = `SELECT request_id, state, CAST(amount_nanos AS TEXT) AS amount_nanos, postings, draft, checkpointed, at
  FROM reservation`;

/** A window under the limit that holds in it; one that nothing was held in yet has zeros, and the budget's own limit. */
const windowOf = `SELECT coalesce(p.mode, b.mode) AS mode, CAST(coalesce(p.limit_nanos, b.limit_nanos) AS TEXT) AS limited,
    CAST(coalesce(p.spent_nanos, 0) AS TEXT) AS spent, CAST(coalesce(p.reserved_nanos, 0) AS TEXT) AS reserved
  FROM budget b LEFT JOIN budget_period p ON p.budget_id = b.id AND p.start_at = ?2 WHERE b.id = ?1`;

/** Makes the window where it is new; budgets that were taken away are passed over. */
const hold = `INSERT INTO budget_period (budget_id, start_at, mode, limit_nanos, reserved_nanos)
  SELECT id, ?2, mode, limit_nanos, ?3 FROM budget WHERE id = ?1
  ON CONFLICT (budget_id, start_at) DO UPDATE SET reserved_nanos = reserved_nanos + ?3`;

/** What is held for calls under way. Only ever used inside a transaction. */
export class ReservationTable {
  readonly #find: Statement<ReservationRecord, [string]>;
  readonly #isSettled: Statement<{ readonly seq: number }, [string]>;
  readonly #window: Statement<WindowRecord, [string, number]>;
  readonly #hold: Statement;
  readonly #free: Statement;
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #release: Statement;
  readonly #checkpoint: Statement;
  readonly #open: Statement<ReservationRecord, []>;

  constructor(database: Database) {
    this.#find = database.query(`${selectReservations} WHERE request_id = ?`);
    this.#isSettled = database.query("SELECT seq FROM usage_event WHERE request_id = ?");
    this.#window = database.query(windowOf);
    this.#hold = database.query(hold);
    this.#free = database.query(
      "UPDATE budget_period SET reserved_nanos = reserved_nanos - ?3 WHERE budget_id = ?1 AND start_at = ?2",
    );
    this.#insert = database.query(
      "INSERT INTO reservation (request_id, state, amount_nanos, postings, draft, at) VALUES (?, 'reserved', ?, ?, ?, ?)",
    );
    this.#delete = database.query("DELETE FROM reservation WHERE request_id = ?");
    this.#release = database.query("UPDATE reservation SET state = 'released' WHERE request_id = ?");
    this.#checkpoint = database.query(
      "UPDATE reservation SET draft = ?, checkpointed = 1 WHERE request_id = ? AND state = 'reserved'",
    );
    this.#open = database.query(`${selectReservations} WHERE state = 'reserved' ORDER BY at, request_id`);
  }

  /** Holds the amount in every budget of the reservation, or in none where a hard one has less left. */
  reserve(reservation: Reservation): ReservationVerdict {
    const { requestId, amountNanos } = reservation;
    refuseUnholdable(reservation);
    if (this.#find.get(requestId) !== null || this.#isSettled.get(requestId) !== null) return { granted: true };
    const postings = reservation.postings.toSorted((a, b) => (a.budgetId < b.budgetId ? -1 : 1));
    for (const { budgetId, periodStartMs } of postings) {
      const found = this.#window.get(budgetId, periodStartMs);
      if (found === null || found.mode === "soft") continue;
      const leftNanos = BigInt(found.limited) - BigInt(found.spent) - BigInt(found.reserved);
      if (leftNanos < amountNanos) return { granted: false, budgetId, leftNanos: leftNanos < 0n ? 0n : leftNanos };
    }
    for (const { budgetId, periodStartMs } of postings) this.#hold.run(budgetId, periodStartMs, amountNanos);
    const draft = encodeEntry(reservation.draft);
    this.#insert.run(requestId, amountNanos, JSON.stringify(postings), draft, reservation.atMs);
    return { granted: true };
  }

  /** Ends the reservation of a call that is settled and answers what it held, nano-dollars; undefined where there was none. */
  settle(requestId: string): bigint | undefined {
    const record = this.#find.get(requestId);
    if (record === null) return undefined;
    this.#delete.run(requestId);
    return this.#freed(record);
  }

  /** Frees what is held; the row stays. */
  release(requestId: string): void {
    const record = this.#find.get(requestId);
    if (record === null) return;
    this.#release.run(requestId);
    this.#freed(record);
  }

  checkpoint({ requestId, draft }: Checkpoint): void {
    this.#checkpoint.run(encodeEntry(draft), requestId);
  }

  open(): readonly OpenReservation[] {
    return this.#open.all().map((record) => ({
      requestId: record.request_id as RequestId,
      postings: postingsOf(record),
      amountNanos: BigInt(record.amount_nanos),
      draft: decodeEntry(record.draft),
      atMs: record.at,
      checkpointed: record.checkpointed === 1,
    }));
  }

  #freed(record: ReservationRecord): bigint | undefined {
    if (record.state === "released") return undefined;
    const heldNanos = BigInt(record.amount_nanos);
    for (const { budgetId, periodStartMs } of postingsOf(record)) this.#free.run(budgetId, periodStartMs, heldNanos);
    return heldNanos;
  }
}

function postingsOf({ postings }: ReservationRecord): readonly Posting[] {
  const parsed: readonly { readonly budgetId: BudgetId; readonly periodStartMs: number }[] = JSON.parse(postings);
  return parsed;
}

function refuseUnholdable({ amountNanos, requestId }: Reservation): void {
  if (amountNanos >= 0n && BigInt.asIntN(64, amountNanos) === amountNanos) return;
  throw new GatewayError(
    "internal",
    `The amount to hold for request ${requestId} is negative or does not fit 64 bits.`,
  );
}

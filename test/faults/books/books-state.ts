import { Database } from "bun:sqlite";
import { join } from "node:path";
import { control } from "../../harness/money.ts";
import type { AcknowledgedCall } from "./acknowledged-calls.ts";
import { costOf } from "./paid-provider.ts";

/** Where `gateway.db` and the control socket of a running gateway lie. */
export interface DataDirectory {
  readonly configDir: string;
}

/** What became of acknowledged calls. */
export interface CallTally {
  readonly acknowledged: number;
  /** Those that the books do not have. */
  readonly lost: number;
  /** Rows and transfers beyond the first of a request. */
  readonly doubled: number;
  /** Those whose row says other counts, another cost or another end. */
  readonly wrong: number;
}

interface RowFacts {
  readonly request_id: string;
  readonly outcome: string;
  readonly input_tokens: bigint | null;
  readonly output_tokens: bigint | null;
  readonly cost_nanos: bigint | null;
}

const duplicates = `SELECT (SELECT count(*) - count(DISTINCT request_id) FROM usage_event)
  + (SELECT count(*) - count(DISTINCT ref) FROM transfer) AS count`;

/** Looks for calls in the books, row by row. */
export function tallyCalls({ configDir }: DataDirectory, calls: readonly AcknowledgedCall[]): CallTally {
  using database = new Database(join(configDir, "gateway.db"), { readonly: true, safeIntegers: true });
  const find = database.query<RowFacts, [string]>("SELECT * FROM usage_event WHERE request_id = ?");
  let [lost, wrong] = [0, 0];
  for (const call of calls) {
    const row = find.get(call.requestId);
    if (row === null) lost += 1;
    else if (!isRowOf(row, call)) wrong += 1;
  }
  const doubled = Number(database.query<{ count: bigint }, []>(duplicates).get()?.count ?? 0n);
  return { acknowledged: calls.length, lost, doubled, wrong };
}

function isRowOf(row: RowFacts, call: AcknowledgedCall): boolean {
  const counts = [row.outcome, row.input_tokens, row.output_tokens, row.cost_nanos];
  return counts.join() === ["finished", call.inputTokens, call.outputTokens, costOf(call)].join();
}

/** The window of a budget beside what the rows say. */
export interface WindowState {
  readonly budgetId: string;
  readonly spentNanos: bigint;
  readonly reservedNanos: bigint;
  /** Sum of the rows that it pays for. */
  readonly rowsNanos: bigint;
  /** By how much a hard one was ever exceeded; 0 for a soft one. */
  readonly overspentNanos: bigint;
}

/** Windows of budgets for ever, of keys and of tags. */
const windows = `SELECT b.id AS budgetId, p.spent_nanos AS spentNanos, p.reserved_nanos AS reservedNanos,
  coalesce((SELECT sum(cost_nanos) FROM usage_event u WHERE (b.scope = 'key' AND u.key_id = b.scope_id)
    OR (b.scope = 'tag' AND instr(',' || u.tags || ',', ',' || b.scope_id || ',') > 0)), 0) AS rowsNanos,
  iif(b.mode = 'hard', max(p.overrun_nanos, p.spent_nanos + p.reserved_nanos - b.limit_nanos, 0), 0) AS overspentNanos
  FROM budget b JOIN budget_period p ON p.budget_id = b.id`;

/** Every window there is, and the calls that hold something. */
export interface HeldAndSpent {
  readonly openReservations: number;
  /** Those of them that a checkpoint was written of. */
  readonly checkpointed: number;
  /** What they hold together. */
  readonly heldNanos: bigint;
  readonly windows: readonly WindowState[];
}

const openCalls = `SELECT count(*) AS openReservations, coalesce(sum(checkpointed), 0) AS checkpointed,
  coalesce(sum(amount_nanos), 0) AS heldNanos FROM reservation WHERE state = 'reserved'`;

/** What the database says of budgets at this moment, in one picture. */
export function heldAndSpent({ configDir }: DataDirectory): HeldAndSpent {
  using database = new Database(join(configDir, "gateway.db"), { readonly: true, safeIntegers: true });
  const read = database.transaction(() => {
    const open = database.query<Record<"openReservations" | "checkpointed" | "heldNanos", bigint>, []>(openCalls).get();
    return {
      openReservations: Number(open?.openReservations ?? 0n),
      checkpointed: Number(open?.checkpointed ?? 0n),
      heldNanos: open?.heldNanos ?? 0n,
      windows: database.query<WindowState, []>(windows).all(),
    };
  });
  return read();
}

/** What the totals say more, or less, than the rows. */
const totalsBeside = `SELECT d.requests - u.requests AS requests, d.nanos - u.nanos AS nanos, h.requests - u.requests AS hourly,
  h.nanos - u.nanos AS hourlyNanos
  FROM (SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(cost_nanos), 0) AS nanos FROM usage_day) d,
  (SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(cost_nanos), 0) AS nanos FROM usage_hour) h,
  (SELECT count(*) AS requests, coalesce(sum(cost_nanos), 0) AS nanos FROM usage_event) u`;

function totalsOff({ configDir }: DataDirectory): string[] {
  using database = new Database(join(configDir, "gateway.db"), { readonly: true });
  const off = database.query<Record<string, number>, []>(totalsBeside).get() ?? {};
  return Object.entries(off).flatMap(([what, by]) => (by === 0 ? [] : [`totals: ${what} off by ${by}`]));
}

/**
 * What a gateway at rest says of its books: the chains that do not hold, what is still held, budgets and totals that differ from
 * their rows.
 */
export async function faultsOf(gateway: DataDirectory): Promise<string[]> {
  const verdict = (await control(gateway, "GET", "/ledger/verification")) as {
    streams: readonly { stream: string; ok: boolean; bad_seq: number | null; reason: string | null }[];
  };
  const broken = verdict.streams.filter(({ ok }) => !ok);
  const { openReservations, windows: found } = heldAndSpent(gateway);
  return [
    ...broken.map(({ stream, bad_seq, reason }) => `${stream}: row ${bad_seq} ${reason}`),
    ...totalsOff(gateway),
    ...(openReservations === 0 ? [] : [`${openReservations} reservations are open`]),
    ...found
      .filter(({ spentNanos, reservedNanos, rowsNanos }) => spentNanos !== rowsNanos || reservedNanos !== 0n)
      .map(
        (window) =>
          `${window.budgetId}: spent ${window.spentNanos}, rows ${window.rowsNanos}, held ${window.reservedNanos}`,
      ),
  ];
}

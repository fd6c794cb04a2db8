import { beforeEach, expect, test } from "bun:test";
import { RecordingLog } from "#core/effects/recording-log.ts";
import type { BudgetId, RequestId } from "#core/effects/ids.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { type Budget, periodStart } from "#core/budgets/budget.ts";
import { storageFailed } from "#core/ledger/fake-books.ts";
import { ReservationDesk } from "#core/budgets/reservation-desk.ts";
import type { Checkpoint, Reservation, ReservationVerdict } from "#core/budgets/reservation.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";

const budgetId = "bud_1" as BudgetId;
const budget: Budget = {
  id: budgetId,
  scope: "team",
  scopeId: "team_1",
  window: "day",
  mode: "hard",
  limitNanos: 1_000_000_000n,
  createdAtMs: 0,
};

/** A desk over a store that says what `judge` says and remembers what it was asked. */
function scene() {
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const batches: (readonly string[])[] = [];
  const drafts: (readonly Checkpoint[])[] = [];
  const answers = {
    judge: (_: Reservation): ReservationVerdict | GatewayError => ({ granted: true }),
    checkpoints: (): GatewayError | undefined => undefined,
  };
  const store = {
    async reserve(batch: readonly Reservation[]) {
      batches.push(batch.map(({ requestId }) => requestId));
      return batch.map((each) => {
        const verdict = answers.judge(each);
        if (verdict instanceof GatewayError) throw verdict;
        return verdict;
      });
    },
    async checkpoint(batch: readonly Checkpoint[]) {
      drafts.push(batch);
      const failure = answers.checkpoints();
      if (failure !== undefined) throw failure;
    },
  };
  const desk = new ReservationDesk({ store, clock, log, findBudget: (id) => (id === budgetId ? budget : undefined) });
  const reserve = (id: string, amountNanos = 1n): Promise<GatewayError | undefined> =>
    desk.reserve(reservation(id, amountNanos, clock.now())).then(
      () => undefined,
      (error: GatewayError) => error,
    );
  return { clock, log, batches, drafts, answers, desk, reserve };
}

function reservation(id: string, amountNanos: bigint, atMs: number): Reservation {
  const postings = [{ budgetId, periodStartMs: periodStart("day", atMs) }];
  return { requestId: id as RequestId, postings, amountNanos, draft: sampleEntry(id), atMs };
}

const checkpoint = (id: string, outputTokens: number): Checkpoint => ({
  requestId: id as RequestId,
  draft: sampleEntry(id, { outputTokens }),
});

let s: ReturnType<typeof scene>;
beforeEach(() => {
  s = scene();
});

test("what arrives in one turn is held in one commit, at most 500 at a time", async () => {
  expect(await Promise.all([s.reserve("a"), s.reserve("b")])).toEqual([undefined, undefined]);
  await Promise.all(Array.from({ length: 501 }, (_, index) => s.reserve(`c${index}`)));
  expect(s.batches.map((batch) => batch.length)).toEqual([2, 500, 1]);
});

test("a refusal names scope, window, what is left, and when the budget begins anew", async () => {
  s.answers.judge = () => ({ granted: false, budgetId, leftNanos: 10_000_000n });
  const error = await s.reserve("a", 25_000_000n);
  expect(error).toMatchObject({
    code: "budget_exhausted",
    status: 402,
    retryable: false,
    retryAfterMs: 86_400_000,
    details: {
      scope: "team",
      window: "day",
      left_usd: "0.01",
      needed_usd: "0.025",
      resets_at: "2026-01-02T00:00:00.000Z",
    },
  });
  expect(error?.message).toContain("has 0.01 USD left");
});

test("a budget that nobody knows any more refuses all the same", async () => {
  s.answers.judge = () => ({ granted: false, budgetId: "bud_gone" as BudgetId, leftNanos: 0n });
  expect(await s.reserve("a")).toMatchObject({ code: "budget_exhausted" });
});

test("storage that fails refuses everybody; one that the store cannot take pulls nobody else down", async () => {
  s.answers.judge = () => storageFailed("full");
  const failed = await Promise.all([s.reserve("a"), s.reserve("b")]);
  expect(failed.map((error) => error?.code)).toEqual(["storage_failed", "storage_failed"]);
  s.answers.judge = ({ requestId }) =>
    requestId === "bad" ? new GatewayError("internal", "No such amount.") : { granted: true };
  const mixed = await Promise.all([s.reserve("c"), s.reserve("bad"), s.reserve("d")]);
  expect(mixed.map((error) => error?.code)).toEqual([undefined, "internal", undefined]);
});

test("of the checkpoints of a call only the newest is written, soon and in a batch", async () => {
  s.desk.checkpoint(checkpoint("a", 1));
  s.desk.checkpoint(checkpoint("b", 1));
  s.desk.checkpoint(checkpoint("a", 2));
  expect(s.drafts).toEqual([]);
  await s.clock.run(250);
  expect(s.drafts).toEqual([[checkpoint("a", 2), checkpoint("b", 1)]]);
  await s.clock.run(60_000);
  expect([s.drafts.length, s.clock.pending]).toEqual([1, 0]);
});

test("T-40: checkpoints that could not be written are tried again, with one line in the log for the whole trouble", async () => {
  s.answers.checkpoints = () => storageFailed("full");
  s.desk.checkpoint(checkpoint("a", 1));
  await s.clock.run(250);
  s.desk.checkpoint(checkpoint("a", 2));
  await s.clock.run(12_000);
  s.answers.checkpoints = () => undefined;
  await s.clock.run(6_000);
  expect(s.drafts.at(-1)).toEqual([checkpoint("a", 2)]);
  expect([s.log.events, s.clock.pending]).toEqual([["checkpoints_unwritten"], 0]);
});

test("stopping waits until everybody has an answer", async () => {
  const asked = s.reserve("a");
  s.desk.checkpoint(checkpoint("a", 1));
  await s.desk.stop();
  expect([await asked, s.drafts, s.clock.pending]).toEqual([undefined, [], 0]);
});

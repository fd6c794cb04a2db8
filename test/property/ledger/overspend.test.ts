import { describe, expect, test } from "bun:test";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { silentLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { GatewayError } from "#core/errors.ts";
import { ReservationDesk } from "#core/budgets/reservation-desk.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { engines, type OpenStores } from "../../stores/engines.ts";
import { noon, postings, sampleBudget, sampleReservation, takenOf } from "../../stores/sample-budget.ts";
import { fuzzCases, fuzzRun, fuzzTimeoutMs } from "../fuzz-share.ts";

const workers = 64;
/** 10,000 in the long run. */
const callsOfEach = fuzzCases < 100_000 ? 60 : 10_000;
const largest = 100n;

/** Numbers from 0 below a bound that only depend on the seed. */
function drawsOf(seed: number): (bound: number) => number {
  const random = new SequenceRandom(seed);
  return (bound) => Math.floor(random.uniform() * bound);
}

describe.each(engines)("on $name", ({ open }) => {
  const openDesk = async (limitNanos: bigint): Promise<{ stores: OpenStores; desk: ReservationDesk }> => {
    const stores = await open();
    const budget = sampleBudget("bud_1", { limitNanos });
    await stores.budgets.createBudget(budget, sampleTrail());
    const parts = { store: stores.budgets, clock: new VirtualClock(noon), log: silentLog };
    return { stores, desk: new ReservationDesk({ ...parts, findBudget: () => budget }) };
  };

  test(
    "L3: of 64 workers that go on reserving, what is let through is never above the limit and less than one call below it",
    async () => {
      const draw = drawsOf(fuzzRun("overspend", workers * callsOfEach).seed);
      const amounts = Array.from({ length: workers }, () =>
        Array.from({ length: callsOfEach }, () => BigInt(1 + draw(Number(largest)))),
      );
      const enough = amounts.flat().reduce((sum, each) => sum + each, 0n);
      const shares = [0n, 1n, 25n, 50n, 75n, 99n].map((percent) => (enough * percent) / 100n);
      for (const limit of [0n, 1n, largest, ...shares, enough - 1n, enough]) {
        const { stores, desk } = await openDesk(limit);
        const runs = await Promise.all(amounts.map((each, worker) => reserveAll(desk, worker, each)));
        const granted = runs.reduce((sum, each) => sum + each, 0n);
        expect([limit, granted <= limit]).toEqual([limit, true]);
        if (limit < enough) expect([limit, granted > limit - largest]).toEqual([limit, true]);
        else expect(granted).toBe(enough);
        expect(await takenOf(stores.budgets)).toEqual([0n, granted]);
        await stores.close();
      }
    },
    fuzzTimeoutMs(),
  );

  test(
    "calls that end as others begin, for less than was held, never let a budget be overspent",
    async () => {
      const draw = drawsOf(fuzzRun("interleavings", workers * callsOfEach).seed);
      const { stores, desk } = await openDesk(2_000n);
      let spent = 0n;
      const one = async (id: string): Promise<void> => {
        const held = BigInt(1 + draw(100));
        const cost = BigInt(draw(Number(held) + 1));
        if (!(await isGranted(desk.reserve(sampleReservation(id, held))))) return;
        await stores.ledger.settle([sampleSettlement(id, { costNanos: cost }, postings("bud_1"))]);
        spent += cost;
        expect((await takenOf(stores.budgets)).reduce((sum, each) => sum + each)).toBeLessThanOrEqual(2_000n);
      };
      const worker = async (number: number): Promise<void> => {
        for (let call = 0; call < callsOfEach; call += 1) await one(`req_${number}_${call}`);
      };
      await Promise.all(Array.from({ length: workers }, (_, number) => worker(number)));
      expect(await takenOf(stores.budgets)).toEqual([spent, 0n]);
      expect(spent).toBeLessThanOrEqual(2_000n);
      await stores.close();
    },
    fuzzTimeoutMs(),
  );
});

/** What of the amounts, asked for one after the other, was let through. */
async function reserveAll(desk: ReservationDesk, worker: number, amounts: readonly bigint[]): Promise<bigint> {
  let granted = 0n;
  for (const [call, amount] of amounts.entries()) {
    if (await isGranted(desk.reserve(sampleReservation(`req_${worker}_${call}`, amount)))) granted += amount;
  }
  return granted;
}

async function isGranted(asked: Promise<void>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (error instanceof GatewayError && error.code === "budget_exhausted") return false;
    throw error;
  }
}

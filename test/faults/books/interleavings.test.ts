/** The bar of money: whatever happens at the same time, and wherever a crash cuts it off, no hard budget is exceeded. */
import { expect, test } from "bun:test";
import { fuzzRun } from "../../property/fuzz-share.ts";
import { inFull } from "./extent.ts";
import { interleavingText, runInterleavings } from "./interleavings.ts";

const interleavings = inFull ? 10_000 : 600;

test(
  "L3: calls that reserve, go on, end, are left or cut off by a crash in any order never overspend a hard budget, and balance after it",
  async () => {
    const { seed } = fuzzRun("interleavings of calls", interleavings);
    const tally = await runInterleavings({ interleavings, seed });
    process.stdout.write(`${interleavingText(tally)}\n`);
    const { overspentNanos, lost, unbalanced } = tally;
    expect({ overspentNanos, lost, unbalanced }).toEqual({ overspentNanos: 0n, lost: 0, unbalanced: 0 });
    for (const many of [tally.granted, tally.refused, tally.aborted]) expect(many).toBeGreaterThan(interleavings / 5);
    for (const some of [tally.crashes, tally.fullDisks]) expect(some).toBeGreaterThan(interleavings / 100);
  },
  inFull ? 600_000 : 60_000,
);

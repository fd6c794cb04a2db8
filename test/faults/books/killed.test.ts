/** L5: kill -9 at any moment, under load. The rounds of `make test-long` are 200. */
import { expect, test } from "bun:test";
import { testedProgram } from "../../harness/gateway.ts";
import { fuzzRun } from "../../property/fuzz-share.ts";
import { inFull } from "./extent.ts";
import { killRounds, killText } from "./kill-rounds.ts";

const rounds = inFull ? 200 : 6;

test(
  "L5: whoever has seen the last event of an answer finds its row, once and exact, after any kill -9; no budget is overspent and nothing stays held",
  async () => {
    const { seed } = fuzzRun("kill rounds", rounds);
    const tally = await killRounds({ program: testedProgram, rounds, seed });
    process.stdout.write(`${killText(tally)}\n`);
    const { faults, lost, doubled, wrong, overspentNanos } = tally;
    expect({ faults, lost, doubled, wrong, overspentNanos }).toEqual({
      faults: [],
      lost: 0,
      doubled: 0,
      wrong: 0,
      overspentNanos: 0n,
    });
    expect(tally.acknowledged).toBeGreaterThan(rounds * 20);
    expect(tally.refused).toBeGreaterThan(0);
    expect(tally.recovered).toBeGreaterThan(0);
  },
  rounds * 10_000,
);

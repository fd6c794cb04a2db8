import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { bench, fails, turn } from "#core/test-gateway.ts";
import { fuzzRun, fuzzTimeoutMs } from "../fuzz-share.ts";

/** The budget's depth when nothing has been asked for a while, and what it earns a second without requests. */
const [depth, perSecond] = [3, 0.2];

test(
  "R1 when every provider fails, asking again stays within a tenth of the requests and the budget's depth",
  () => {
    const cases = 60;
    const failures = fc.constantFrom(
      "upstream_overloaded" as const,
      "upstream_error" as const,
      "upstream_unavailable" as const,
    );
    const outage = fc.record({
      failure: failures,
      second: fc.boolean(),
      calls: fc.integer({ min: 1, max: 60 }),
      gapMs: fc.nat(400),
      maxRetries: fc.integer({ min: 0, max: 6 }),
    });
    return fc.assert(
      fc.asyncProperty(outage, async ({ failure, second, calls, gapMs, maxRetries }) => {
        const {
          gateway,
          call,
          clock,
          first,
          second: other,
        } = bench([fails(failure)], second ? [fails(failure)] : [], maxRetries);
        const opened: Promise<unknown>[] = [];
        for (let index = 0; index < calls; index += 1) {
          opened.push(gateway.open(call).catch(() => undefined));
          await clock.run(gapMs);
        }
        for (let index = 0; index < 20; index += 1) {
          await clock.run(1_000);
          await turn();
        }
        await Promise.all(opened);
        const asked = first.calls.length + other.calls.length;
        const originals = calls * (second ? 2 : 1);
        const trickle = ((calls * gapMs) / 1000 + 20) * perSecond;
        expect(asked - originals).toBeLessThanOrEqual(0.1 * calls + depth + trickle);
      }),
      fuzzRun("R1", cases),
    );
  },
  fuzzTimeoutMs(2_000),
);

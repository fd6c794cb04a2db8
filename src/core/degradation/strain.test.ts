import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Pressure, Strain, type StrainRules } from "#core/degradation/strain.ts";

const never = Number.POSITIVE_INFINITY;
const rules: StrainRules = {
  rungs: [
    { lagMs: 500, loadPermille: 800, memoryPermille: 850 },
    { lagMs: 1_000, loadPermille: 900, memoryPermille: 900 },
    { lagMs: 2_000, loadPermille: never, memoryPermille: 950 },
  ],
  calmMs: 30_000,
};

/** The rung after each sample, two samples a second. */
function climb(samples: readonly Pressure[]): number[] {
  const strain = new Strain(rules);
  return samples.map((sample, index) => {
    strain.sample(index * 500, sample);
    return strain.rung;
  });
}

const load = (permille: number, times = 1): Pressure[] =>
  Array.from({ length: times }, () => ({ lagMs: 0, loadPermille: permille, memoryPermille: 0 }));
const late = (lagMs: number, times = 1): Pressure[] =>
  Array.from({ length: times }, () => ({ lagMs, loadPermille: 0, memoryPermille: 0 }));
const memory = (permille: number, times = 1): Pressure[] =>
  Array.from({ length: times }, () => ({ lagMs: 0, loadPermille: 0, memoryPermille: permille }));

describe("by load", () => {
  test("a rung is entered at its threshold, one at a sample, and load alone never refuses everybody", () => {
    expect(climb([...load(799, 3), ...load(800, 3)])).toEqual([0, 0, 0, 1, 1, 1]);
    expect(climb(load(1_000, 4))).toEqual([1, 2, 2, 2]);
  });

  test("a rung is left below four fifths of it for thirty seconds, one after the other", () => {
    const rungs = climb([...load(900, 2), ...load(719, 130)]);
    expect(rungs.indexOf(1, 1)).toBe(2 + 60);
    // The first rung is left at 640, not at 719.
    expect(rungs.at(-1)).toBe(1);
    const down = climb([...load(900, 2), ...load(639, 130)]);
    expect([down.indexOf(1, 1), down.indexOf(0)]).toEqual([62, 122]);
  });

  test("between four fifths and the threshold it stays as it is, for ever", () => {
    expect(new Set(climb([...load(800), ...load(640, 500)]))).toEqual(new Set([1]));
    expect(new Set(climb(load(799, 500)))).toEqual(new Set([0]));
  });

  test("a moment of pressure begins the calm anew", () => {
    const rungs = climb([...load(800), ...load(0, 59), ...load(640), ...load(0, 60), ...load(0)]);
    expect([rungs.indexOf(0), rungs.length]).toEqual([121, 122]);
  });
});

describe("by lateness", () => {
  test("only six late samples in a row count, by the least of them: a sleep or a pause does not", () => {
    expect(climb([...late(3_600_000), ...late(0, 5)])).toEqual([0, 0, 0, 0, 0, 0]);
    expect(climb([...late(9_000, 5), ...late(499), ...late(9_000, 5)]).at(-1)).toBe(0);
    expect(climb([...late(9_000, 5), ...late(600, 9)]).at(-1)).toBe(1);
  });

  test("four times as late refuses everybody, step by step", () => {
    expect(climb(late(2_000, 8)).slice(5)).toEqual([1, 2, 3]);
  });

  test("a rung is left by the same measure: late for good it stays, and pauses every so often keep none", () => {
    const high = late(2_000, 8);
    expect(climb([...high, ...late(1_600, 500)]).at(-1)).toBe(3);
    const pauses = Array.from({ length: 4 }, () => [...late(0, 58), ...late(9_000)]).flat();
    const rungs = climb([...high, ...pauses]);
    expect([rungs.indexOf(2, 8), rungs.indexOf(1, 8), rungs.indexOf(0, 8)]).toEqual([68, 128, 188]);
    // Six in a row are no pause.
    const strained = climb([...high, ...late(0, 50), ...late(1_600, 6), ...late(0, 60)]);
    expect(new Set(strained.slice(8))).toEqual(new Set([3]));
  });
});

describe("by memory", () => {
  test("F73 load is shed from 85 % and refused from 95 %, and comes back where 5 % less is held for thirty seconds", () => {
    expect(climb([...memory(849, 3), ...memory(850, 3)])).toEqual([0, 0, 0, 1, 1, 1]);
    expect(climb(memory(949, 4))).toEqual([1, 2, 2, 2]);
    expect(climb(memory(950, 4))).toEqual([1, 2, 3, 3]);
    expect(new Set(climb([...memory(950, 3), ...memory(903, 200)]).slice(2))).toEqual(new Set([3]));
    const down = climb([...memory(950, 3), ...memory(800, 200)]);
    expect([down.indexOf(2, 3), down.indexOf(1, 3), down.indexOf(0, 3)]).toEqual([63, 123, 183]);
  });
});

describe("whatever the pressure", () => {
  const pressure = fc.record({
    lagMs: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.constantFrom(400, 500, 1_000, 1_600, 2_000)),
    loadPermille: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.constantFrom(640, 800, 900)),
    memoryPermille: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.constantFrom(808, 850, 950)),
  });
  // Runs of the same pressure, or nothing would ever last.
  const trace = fc
    .array(fc.tuple(pressure, fc.integer({ min: 1, max: 80 })), { maxLength: 12 })
    .map((runs) => runs.flatMap(([sample, times]) => Array.from({ length: times }, () => sample)));
  const bounds = { numRuns: 400, seed: 20_260_101 };

  test(`it never flaps faster than its calm time (seed ${bounds.seed})`, () => {
    fc.assert(
      fc.property(trace, (samples) => {
        let [before, changedAtMs] = [0, Number.NEGATIVE_INFINITY];
        for (const [index, rung] of climb(samples).entries()) {
          const nowMs = index * 500;
          expect(Math.abs(rung - before)).toBeLessThanOrEqual(1);
          if (rung < before) expect(nowMs - changedAtMs).toBeGreaterThanOrEqual(rules.calmMs);
          if (rung !== before) changedAtMs = nowMs;
          before = rung;
        }
      }),
      bounds,
    );
  });

  test(`more pressure never means a lower rung (seed ${bounds.seed})`, () => {
    const more = fc.infiniteStream(
      fc.record({ lagMs: fc.nat(2_000), loadPermille: fc.nat(400), memoryPermille: fc.nat(400) }),
    );
    fc.assert(
      fc.property(trace, more, fc.boolean(), (samples, extras, steadily) => {
        let extra = extras.next().value;
        const pressed = samples.map((sample) => {
          if (!steadily) extra = extras.next().value;
          return {
            lagMs: sample.lagMs + extra.lagMs,
            loadPermille: sample.loadPermille + extra.loadPermille,
            memoryPermille: sample.memoryPermille + extra.memoryPermille,
          };
        });
        const [less, greater] = [climb(samples), climb(pressed)];
        for (const [index, rung] of less.entries()) expect(greater[index]).toBeGreaterThanOrEqual(rung);
      }),
      bounds,
    );
  });

  test(`calm for long enough ends every rung (seed ${bounds.seed})`, () => {
    fc.assert(
      fc.property(trace, (samples) => {
        expect(climb([...samples, ...load(0, 3 * 60 + 6)]).at(-1)).toBe(0);
      }),
      bounds,
    );
  });
});

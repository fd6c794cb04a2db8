import { test } from "bun:test";
import * as fc from "fast-check";
import { fuzzCases, fuzzRun, fuzzTimeoutMs } from "../fuzz-share.ts";

/** Cases of all scheduler properties together. */
const allCases = Math.max(20_000, fuzzCases);

/**
 * A test that a property holds for a share, in thousandths, of all cases. The title begins with the id that the property
 * has in the reliability note. Prints the seed; `FUZZ_SEED` runs one again.
 */
export function promise<T>(title: string, permille: number, values: fc.Arbitrary<T>, check: (value: T) => void): void {
  const cases = Math.ceil((allCases * permille) / 1000);
  test(title, () => fc.assert(fc.property(values, check), fuzzRun(title, cases)), fuzzTimeoutMs(cases));
}

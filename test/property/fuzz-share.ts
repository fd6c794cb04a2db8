/**
 * Cases of a fuzz run: a share of the 100,000 that `make test-long` asks for by `FUZZ_CASES`. The seed is printed, and
 * `FUZZ_SEED` runs one again.
 */
export const fuzzCases: number = Number(process.env["FUZZ_CASES"] ?? 4_000);

/** What a run of `cases` cases tells fast-check. */
export function fuzzRun(
  title: string,
  cases: number = fuzzCases,
): {
  readonly numRuns: number;
  readonly seed: number;
  readonly includeErrorInReport: boolean;
} {
  const seed = Number(process.env["FUZZ_SEED"] ?? crypto.getRandomValues(new Int32Array(1))[0]);
  process.stdout.write(`${title}: ${cases} cases, FUZZ_SEED=${seed}\n`);
  return { numRuns: cases, seed, includeErrorInReport: true };
}

/** Time for that many cases on a machine that has other work, milliseconds: it ends what hangs and judges nothing. */
export function fuzzTimeoutMs(cases: number = fuzzCases): number {
  return 180_000 + cases * 5;
}

import { inTurns } from "#core/bench/in-turns.ts";
import { median } from "#core/bench/statistics.ts";

/** Interleaved pairs per measurement; `ROUNDS=1` for a quick look. */
export const rounds: number = Number(process.env.ROUNDS ?? 9);

/** Medians over the rounds of whatever each side's measurement names. */
export type Medians<Names extends string, Measured> = Record<Names, Record<keyof Measured, number>>;

/**
 * Measures the sides in turns, `rounds` times, starting with another one each time so that drift of the machine and
 * of caches hits all alike, and takes the median of each figure.
 */
export async function interleave<Names extends string, Measured extends Record<keyof Measured, number>>(
  names: readonly Names[],
  measure: (name: Names) => Promise<Measured>,
): Promise<Medians<Names, Measured>> {
  const results = await inTurns(names, rounds, async (name) => {
    const measured = await measure(name);
    process.stderr.write(".");
    return measured;
  });
  process.stderr.write("\n");
  return Object.fromEntries(names.map((name) => [name, medians(results.get(name) ?? [])])) as Medians<Names, Measured>;
}

function medians<Measured extends Record<keyof Measured, number>>(
  all: readonly Measured[],
): Record<keyof Measured, number> {
  const keys = Object.keys(all[0] ?? {}) as (keyof Measured)[];
  return Object.fromEntries(keys.map((key) => [key, median(all.map((one) => one[key]))])) as Record<
    keyof Measured,
    number
  >;
}

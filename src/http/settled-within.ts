import type { Clock } from "#core/effects/clock.ts";

/** What the promise resolves to, or undefined if it takes longer than `waitMs`. Rejects if it rejects in time. */
export async function settledWithin<Value>(
  promise: Promise<Value>,
  waitMs: number,
  clock: Clock,
): Promise<Value | undefined> {
  let disarm = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    disarm = clock.after(waitMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    disarm();
  }
}

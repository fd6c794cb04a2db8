import type { Clock } from "#core/effects/clock.ts";

/** Resolves after the time, whatever happens meanwhile. */
export function pause(clock: Pick<Clock, "after">, durationMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(durationMs, resolve));
}

/** Resolves after the time; rejects with the signal's reason as soon as it is aborted. */
export function wait(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const cancel = clock.after(durationMs, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    const abort = (): void => {
      cancel();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
  });
}

/** Time as core may have it: injected, so that tests can own it. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch, UTC. For records only. */
  now(): number;
  /** Monotonic clock, milliseconds with fractions. For durations and deadlines only. */
  monotonic(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it (idempotent). */
  after(delayMs: number, task: () => void): () => void;
}

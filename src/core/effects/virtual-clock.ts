import type { Clock } from "#core/effects/clock.ts";

interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly task: () => void;
}

/** 2026-01-01T00:00:00Z, where a virtual clock starts unless told otherwise. */
const defaultStartMs = 1_767_225_600_000;

/** How many turns of the microtask queue `run` grants between two timers. */
const turnsBetweenTimers = 64;

/** A clock that a test owns: time moves only when told to, timers run in order of their due time, ties in order of creation. */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  #elapsedMs = 0;
  #wallShiftMs = 0;
  #created = 0;
  readonly #timers = new Map<number, Timer>();

  constructor(startMs: number = defaultStartMs) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + Math.floor(this.#elapsedMs) + this.#wallShiftMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, task: () => void): () => void {
    this.#created += 1;
    const order = this.#created;
    this.#timers.set(order, { dueAt: this.#elapsedMs + Math.max(0, delayMs), order, task });
    return () => {
      this.#timers.delete(order);
    };
  }

  /** Number of timers that wait to run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time on by `durationMs` and runs, synchronously, every timer that falls due, those made meanwhile included. */
  advance(durationMs: number): void {
    const untilMs = this.#elapsedMs + durationMs;
    let ran = true;
    while (ran) ran = this.#runNext(untilMs);
    this.#elapsedMs = untilMs;
  }

  /** Like `advance`, but lets promises settle before, between and after the timers. */
  async run(durationMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + durationMs;
    await turns();
    while (this.#runNext(untilMs)) await turns();
    this.#elapsedMs = untilMs;
  }

  /** Moves the wall clock alone, as an operator or NTP does; may be negative. */
  stepWall(byMs: number): void {
    this.#wallShiftMs += byMs;
  }

  #runNext(untilMs: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.dueAt <= untilMs && (next === undefined || timer.dueAt < next.dueAt)) next = timer;
    }
    if (next === undefined) return false;
    this.#timers.delete(next.order);
    this.#elapsedMs = Math.max(this.#elapsedMs, next.dueAt);
    next.task();
    return true;
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < turnsBetweenTimers; turn += 1) await Promise.resolve();
}

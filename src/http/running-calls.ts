import type { Clock } from "#core/effects/clock.ts";
import type { DegradationLadder } from "#core/degradation/ladder.ts";
import { GatewayError } from "#core/errors.ts";
import type { LossPhase } from "#http/door-metrics.ts";

/** What is asked whether new work is taken. */
export type DoorLadder = Pick<DegradationLadder, "isPressedTo" | "turnAway">;

/** The model calls that run now: bounds their number, ends them all, refuses more while the process drains or is degraded. */
export class RunningCalls {
  /** How many may run at once. Lowering it ends none. */
  maxConcurrentRequests: number;
  readonly #running: RunningCall[] = [];
  readonly #clock: Clock;
  readonly #ladder: DoorLadder | undefined;
  #draining = false;
  #begun = 0;

  constructor(clock: Clock, maxConcurrentRequests: number, ladder?: DoorLadder) {
    this.#clock = clock;
    this.maxConcurrentRequests = maxConcurrentRequests;
    this.#ladder = ladder;
  }

  get count(): number {
    return this.#running.length;
  }

  /** How many were let in so far. */
  get begun(): number {
    return this.#begun;
  }

  get draining(): boolean {
    return this.#draining;
  }

  refuseNewWork(): void {
    this.#draining = true;
  }

  abortAll(error: GatewayError): void {
    for (const call of [...this.#running]) call.abort(error);
  }

  /** Takes a place, to be given back by `release`. Throws `draining` or `overloaded`, both worth a retry. */
  begin(clientSignal: AbortSignal): RunningCall {
    if (this.#draining) throw new GatewayError("draining", "This node is shutting down.", { retryAfterMs: 1000 });
    if (this.#running.length >= this.maxConcurrentRequests) {
      throw new GatewayError("overloaded", "Too many requests run at once.", { retryAfterMs: 1000 });
    }
    if (this.#ladder?.isPressedTo("refuse_new") === true) this.#turnAway(this.#ladder);
    const call = new RunningCall(clientSignal, this.#clock, this.#forget);
    call.place = this.#running.push(call) - 1;
    this.#begun += 1;
    return call;
  }

  #turnAway(ladder: DoorLadder): void {
    const refusal = ladder.turnAway(
      "refuse_new",
      "The gateway takes no new requests now; those that run are finished.",
    );
    if (refusal !== undefined) throw refusal;
  }

  /** The last one takes the place of the one that ends: cheaper than a set that is filled and emptied all the time. */
  readonly #forget = (ended: RunningCall): void => {
    if (this.#running[ended.place] !== ended) return;
    const last = this.#running.pop();
    if (last === undefined || last === ended) return;
    last.place = ended.place;
    this.#running[ended.place] = last;
  };
}

/** One model call: a single signal that client, deadlines and shutdown pull, and everything to undo at its end. */
export class RunningCall {
  /** Where it stands among the running ones; theirs to keep. */
  place = 0;
  /** How far it has come; once its caller has left, where that was. */
  phase: LossPhase = "request";
  /** Whether it waits for capacity; asked only when its caller leaves before the first byte. */
  isQueued: () => boolean = () => false;
  readonly #controller = new AbortController();
  readonly #clientSignal: AbortSignal;
  readonly #clock: Clock;
  readonly #onRelease: (call: RunningCall) => void;
  readonly #disarms: (() => void)[] = [];
  readonly #clientLeft = (): void => this.abort(new GatewayError("client_closed", "The caller left."));

  constructor(clientSignal: AbortSignal, clock: Clock, onRelease: (call: RunningCall) => void) {
    this.#clientSignal = clientSignal;
    this.#clock = clock;
    this.#onRelease = onRelease;
    if (clientSignal.aborted) this.#clientLeft();
    else clientSignal.addEventListener("abort", this.#clientLeft, { once: true });
  }

  /** Its reason is always a `GatewayError`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first reason stays. */
  abort(error: GatewayError): void {
    const isLost = error.code === "client_closed" && !this.signal.aborted;
    // Whoever hears of the signal takes the call out of the queue.
    if (isLost && this.phase === "first_byte" && this.isQueued()) this.phase = "queued";
    this.#controller.abort(error);
  }

  /** Aborts with `deadline_exceeded` after `delayMs` unless released or disarmed by the returned function before. */
  deadline(delayMs: number, message: string): () => void {
    const disarm = this.#clock.after(delayMs, () => this.abort(new GatewayError("deadline_exceeded", message)));
    this.#disarms.push(disarm);
    return disarm;
  }

  /** The same for a deadline that its caller has set, if any, counted from when the request came, monotonic milliseconds. */
  callerDeadline(deadlineMs: number | undefined, receivedAt: number): void {
    if (deadlineMs === undefined) return;
    const leftMs = Math.max(0, deadlineMs - (this.#clock.monotonic() - receivedAt));
    this.deadline(leftMs, `The caller's deadline of ${deadlineMs} ms has passed.`);
  }

  /** Gives the place back. Safe to call twice. */
  release(): void {
    this.#clientSignal.removeEventListener("abort", this.#clientLeft);
    for (const disarm of this.#disarms) disarm();
    this.#onRelease(this);
  }
}

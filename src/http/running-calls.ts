import type { Clock } from "#core/effects/clock.ts";
import { GatewayError } from "#core/errors.ts";

/** The model calls that run now: bounds their number, ends them all, refuses more while the process drains. */
export class RunningCalls {
  readonly #running: RunningCall[] = [];
  readonly #clock: Clock;
  readonly #maxConcurrentRequests: number;
  #draining = false;

  constructor(clock: Clock, maxConcurrentRequests: number) {
    this.#clock = clock;
    this.#maxConcurrentRequests = maxConcurrentRequests;
  }

  get count(): number {
    return this.#running.length;
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

  /** Takes a place, to be given back by `release`. Throws `draining` or `overloaded`, both worth a retry in a second. */
  begin(clientSignal: AbortSignal): RunningCall {
    if (this.#draining) throw new GatewayError("draining", "This node is shutting down.", { retryAfterMs: 1000 });
    if (this.#running.length >= this.#maxConcurrentRequests) {
      throw new GatewayError("overloaded", "Too many requests run at once.", { retryAfterMs: 1000 });
    }
    const call = new RunningCall(clientSignal, this.#clock, this.#forget);
    call.place = this.#running.push(call) - 1;
    return call;
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
    this.#controller.abort(error);
  }

  /** Aborts with `deadline_exceeded` after `delayMs` unless released or disarmed by the returned function before. */
  deadline(delayMs: number, message: string): () => void {
    const disarm = this.#clock.after(delayMs, () => this.abort(new GatewayError("deadline_exceeded", message)));
    this.#disarms.push(disarm);
    return disarm;
  }

  /** Gives the place back. Safe to call twice. */
  release(): void {
    this.#clientSignal.removeEventListener("abort", this.#clientLeft);
    for (const disarm of this.#disarms) disarm();
    this.#onRelease(this);
  }
}

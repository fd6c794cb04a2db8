import type { Supervisor } from "#platform/supervisor.ts";

/** As much of a gateway as its end takes. */
interface Ended {
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** How `serve` ends: with its running work done, or at once. Who asks for the first again changes nothing: only impatience hurries. */
export class Ending {
  /** Resolves when the gateway was asked to end and has ended. */
  readonly ended: Promise<void>;
  readonly #settle: ReturnType<typeof Promise.withResolvers<void>> = Promise.withResolvers<void>();
  readonly #gateway: () => Ended;
  readonly #supervisor: Pick<Supervisor, "stopping">;
  readonly #longestMs: number;
  #isAsked = false;

  /** The gateway is asked for when it is needed; `longestMs` is what its end may take. */
  constructor(gateway: () => Ended, supervisor: Pick<Supervisor, "stopping">, longestMs: number) {
    this.ended = this.#settle.promise;
    this.#gateway = gateway;
    this.#supervisor = supervisor;
    this.#longestMs = longestMs;
  }

  /** Begins the end, or goes straight to it. */
  readonly ask = (now = false): void => {
    if (this.#isAsked && !now) return;
    if (!this.#isAsked) this.#supervisor.stopping(this.#longestMs);
    this.#isAsked = true;
    const gateway = this.#gateway();
    const ending = now ? gateway.stop() : gateway.drain().then(() => gateway.stop());
    ending.then(this.#settle.resolve, this.#settle.reject);
  };
}

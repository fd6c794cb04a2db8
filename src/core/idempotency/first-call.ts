import type { Log } from "#core/effects/log.ts";
import type { Sealer } from "#core/effects/sealer.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import type { BegunCall, IdempotencyStore } from "#core/idempotency/idempotency-store.ts";
import { encodeAnswer, type KeptAnswer } from "#core/idempotency/kept-answer.ts";

/** What a first call needs of what is around it. */
export interface FirstCallParts {
  readonly store: IdempotencyStore;
  readonly sealer: Sealer;
  readonly log: Log;
}

const comeBackMs = 2_000;

/** The refusal of a call while the first one under its key runs. */
export function inProgress(): GatewayError {
  return new GatewayError("idempotency_in_progress", "A call with this idempotency key runs still.", {
    retryAfterMs: comeBackMs,
  });
}

/** A call that is the first under its idempotency key: whoever sends the same meanwhile waits until it has ended. */
export class FirstCall {
  readonly id: Uint8Array;
  readonly fingerprint: Uint8Array;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  readonly #parts: FirstCallParts;
  readonly #call: BegunCall;
  readonly #release: () => void;
  #begun = false;
  #over = false;

  /** `onEnd` is called once, as soon as the end is stored. */
  constructor(parts: FirstCallParts, call: BegunCall, onEnd: () => void) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#parts = parts;
    this.id = call.id;
    this.fingerprint = call.fingerprint;
    this.#call = call;
    this.ended = promise;
    this.#release = () => {
      onEnd();
      resolve();
    };
  }

  /**
   * To be awaited before anybody is asked: from here on a crash leaves a trace. Rejects with `idempotency_in_progress` when
   * another process on the same books was faster, or `storage_failed`.
   */
  async begin(): Promise<void> {
    this.#begun = await this.#parts.store.beginIdempotent(this.#call);
    if (!this.#begun) throw inProgress();
  }

  /** Keeps the whole answer, or, without one, that it was given. Never rejects: the caller has its answer all the same. */
  answered(answer: KeptAnswer | undefined): Promise<void> {
    const { sealer, store } = this.#parts;
    return this.#end(() =>
      store.endIdempotent(this.id, answer === undefined ? undefined : sealer.seal(encodeAnswer(answer), this.id)),
    );
  }

  /** Nothing came of it: the key may be used again. Never rejects. */
  failed(): Promise<void> {
    return this.#end(async () => {
      if (this.#begun) await this.#parts.store.forgetIdempotent(this.id);
    });
  }

  /** It was broken off, and nobody knows what became of it: the key stays used. Never rejects. */
  interrupted(): Promise<void> {
    return this.#end(async () => undefined);
  }

  /** Only the first end counts. What cannot be stored leaves the call as one whose end nobody knows. */
  async #end(store: () => Promise<void>): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    try {
      await store();
    } catch (thrown) {
      this.#parts.log.warn("idempotency_not_stored", { reason: toGatewayError(thrown).message });
    } finally {
      this.#release();
    }
  }
}

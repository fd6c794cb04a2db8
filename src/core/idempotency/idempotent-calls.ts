import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import { GatewayError } from "#core/errors.ts";
import { FirstCall, type FirstCallParts, inProgress } from "#core/idempotency/first-call.ts";
import type { BegunCall, IdempotentRecord } from "#core/idempotency/idempotency-store.ts";
import { decodeAnswer, type KeptAnswer } from "#core/idempotency/kept-answer.ts";
import { wait } from "#core/wait.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";

/** What idempotent calls are built from. */
export interface IdempotentCallsParts extends FirstCallParts {
  readonly clock: Clock;
  readonly digest: Digest;
  /** Secret that callers, keys and requests are told apart by, 32 bytes. */
  readonly digestKey: Uint8Array;
}

/** A call under an idempotency key. */
export interface IdempotentCall {
  /** Whose key it is: the same key of somebody else is another one. */
  readonly owner: string;
  readonly key: string;
  /** What is asked of whom, beside the body. */
  readonly target: string;
  readonly body: Uint8Array;
  readonly ttlMs: number;
}

/** How long a call waits for the end of the first one under its key. */
const longestWaitMs = 10_000;

const encoder = new TextEncoder();

/** Calls under idempotency keys: each is made once, and its answer given again to whoever sends the same again. */
export class IdempotentCalls {
  readonly #parts: IdempotentCallsParts;
  /** First calls that run, by id in hexadecimal. */
  readonly #running = new Map<string, FirstCall>();

  constructor(parts: IdempotentCallsParts) {
    this.#parts = parts;
  }

  /**
   * The answer that is kept for this call, or the call as the first one, to be ended by whoever makes it. Waits some seconds for
   * a first one that runs. Rejects with `idempotency_in_progress`, `idempotency_mismatch`, `idempotency_interrupted`,
   * `idempotency_not_kept`, `storage_failed`, or the signal's reason.
   */
  async enter(call: IdempotentCall, signal: AbortSignal): Promise<FirstCall | KeptAnswer> {
    const { clock, store } = this.#parts;
    const id = this.#digest(call.owner, call.key);
    const fingerprint = this.#digest(call.target, call.body);
    const name = id.toHex();
    const giveUpAt = clock.monotonic() + longestWaitMs;
    for (;;) {
      for (let first = this.#running.get(name); first !== undefined; first = this.#running.get(name)) {
        this.#refuseOther(first.fingerprint, fingerprint);
        await this.#endOf(first, giveUpAt - clock.monotonic(), signal);
      }
      const atMs = clock.now();
      const record = await store.findIdempotent(id, atMs);
      // Whoever was faster meanwhile is waited for, whatever the store knows of it by now.
      if (this.#running.has(name)) continue;
      if (record === undefined) return this.#begin({ id, fingerprint, atMs, expiresAtMs: atMs + call.ttlMs });
      this.#refuseOther(record.fingerprint, fingerprint);
      return this.#answerOf(record, id);
    }
  }

  #begin(call: BegunCall): FirstCall {
    const name = call.id.toHex();
    const first = new FirstCall(this.#parts, call, () => this.#running.delete(name));
    this.#running.set(name, first);
    return first;
  }

  #answerOf({ state, answer }: IdempotentRecord, id: Uint8Array): KeptAnswer {
    if (state === "not_kept") {
      throw new GatewayError(
        "idempotency_not_kept",
        "The first call with this idempotency key was answered, but the answer is too large to be kept; use a new key.",
      );
    }
    const opened = answer === undefined ? undefined : this.#parts.sealer.open(answer, id);
    const kept = opened === undefined ? undefined : decodeAnswer(opened);
    if (kept !== undefined) return kept;
    throw new GatewayError(
      "idempotency_interrupted",
      "The first call with this idempotency key was broken off, and nobody knows how far it came; use a new key.",
    );
  }

  #refuseOther(theirs: Uint8Array, ours: Uint8Array): void {
    if (this.#parts.digest.equal(theirs, ours)) return;
    throw new GatewayError("idempotency_mismatch", "This idempotency key was used for another request.");
  }

  /** Resolves when the call has ended; rejects when that takes too long. */
  async #endOf(running: FirstCall, patienceMs: number, signal: AbortSignal): Promise<void> {
    const given = new AbortController();
    const tooLong = wait(this.#parts.clock, Math.max(0, patienceMs), AbortSignal.any([signal, given.signal])).then(
      () => {
        throw inProgress();
      },
    );
    try {
      await Promise.race([running.ended, tooLong]);
    } finally {
      given.abort();
      tooLong.catch(() => undefined);
    }
  }

  /** HMAC of both texts; the length of the first keeps two pairs from reading alike. */
  #digest(first: string, second: string | Uint8Array): Uint8Array {
    const [head, rest] = [encoder.encode(first), typeof second === "string" ? encoder.encode(second) : second];
    return this.#parts.digest.hmacSha256(
      this.#parts.digestKey,
      joinBytes([encoder.encode(`${head.length} `), head, rest]),
    );
  }
}

import type { ChatEvent } from "#core/chat/event.ts";
import type { GatewayError } from "#core/errors.ts";
import type { FirstCall } from "#core/idempotency/first-call.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import type { LossPhase } from "#http/door-metrics.ts";
import type { AnswerKeeper } from "#http/kept-response.ts";
import { costHeader } from "#http/reply-headers.ts";

/** Headers that tell of an answer, and not of the visit that it was made in. */
const toldHeaders: ReadonlySet<string> = new Set([
  "x-tokligence-provider",
  "x-tokligence-model",
  "x-tokligence-dropped",
  "x-tokligence-estimated",
  costHeader,
]);

/**
 * Sees the answer of a first call as it is sent and keeps it, as far as it fits, before its end is handed over. An answer that
 * broke off is not kept: either its key may be used again, or nobody knows what became of it.
 */
export class AnswerRecord implements AnswerKeeper {
  /** Those of the answer, once they are known. */
  headers: Readonly<Record<string, string>> = {};
  contentType = "application/json";
  readonly #first: FirstCall;
  readonly #maxBytes: number;
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  constructor(first: FirstCall, maxBytes: number) {
    this.#first = first;
    this.#maxBytes = maxBytes;
  }

  opened(): void {}

  body(bytes: Uint8Array): Promise<void> {
    this.#add(bytes);
    return this.#keep();
  }

  piece(events: readonly ChatEvent[], bytes: Uint8Array): Promise<void> | undefined {
    this.#add(bytes);
    return events.at(-1)?.type === "end" ? this.#keep() : undefined;
  }

  /** How the call ended; changes nothing where its whole answer is kept. `phase` is how far it came. Never rejects. */
  ended(error: GatewayError | undefined, phase: LossPhase): Promise<void> {
    const isUnderWay = phase === "first_byte" || phase === "streaming";
    const isLost = error?.code === "client_closed" && isUnderWay;
    return isLost || this.#size > 0 ? this.#first.interrupted() : this.#first.failed();
  }

  #add(bytes: Uint8Array): void {
    this.#size += bytes.byteLength;
    if (this.#size <= this.#maxBytes) this.#parts.push(bytes);
    else this.#parts.length = 0;
  }

  #keep(): Promise<void> {
    if (this.#size > this.#maxBytes) return this.#first.answered(undefined);
    const told = Object.entries(this.headers).filter(([name]) => toldHeaders.has(name));
    const headers = Object.fromEntries(told);
    return this.#first.answered({ contentType: this.contentType, headers, body: joinBytes(this.#parts) });
  }
}

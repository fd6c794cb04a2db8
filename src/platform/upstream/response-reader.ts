import { type BodyFraming, framingFor } from "#platform/upstream/body-framing.ts";
import { MalformedResponse } from "#platform/upstream/errors.ts";
import { HeadCollector, type ResponseHead } from "#platform/upstream/response-head.ts";

/** 1xx answers before the real one. */
const maxInterimResponses = 16;

/** Reads the responses of one connection, one after the other. Every method throws `MalformedResponse`. */
export class ResponseReader {
  readonly #head = new HeadCollector();
  #framing: BodyFraming | undefined;
  #interimResponses = 0;
  #rest: Uint8Array = new Uint8Array(0);

  /** Whether any byte of the response has arrived. */
  get started(): boolean {
    return this.#framing !== undefined || this.#head.started;
  }

  /** Whether the head is behind. */
  get inBody(): boolean {
    return this.#framing !== undefined;
  }

  /** Whether the message has ended. */
  get complete(): boolean {
    return this.#framing?.complete === true;
  }

  /** Whether an orderly close would end the message rather than cut it. */
  get endsAtClose(): boolean {
    return this.#framing?.endsAtClose === true;
  }

  /** Whether the message ended by its own framing, and nothing came after it. */
  get clean(): boolean {
    return this.complete && this.#framing?.surplus === false;
  }

  /** What followed the head in its last chunk. */
  get rest(): Uint8Array {
    return this.#rest;
  }

  /** The final head once it is complete; interim ones are read past. */
  takeHead(chunk: Uint8Array): ResponseHead | undefined {
    this.#rest = chunk;
    while (this.#rest.length > 0) {
      const head = this.#head.take(this.#rest);
      if (head === undefined) return undefined;
      this.#rest = this.#rest.subarray(this.#head.bodyStart);
      if (head.status >= 200) {
        this.#framing = framingFor(head);
        return head;
      }
      // Nothing was asked to be upgraded, so 101 is as wrong as an endless row of hints.
      if (head.status === 101 || ++this.#interimResponses > maxInterimResponses) {
        throw new MalformedResponse("unasked 1xx responses.");
      }
    }
    return undefined;
  }

  /** The body bytes in a chunk that follows the head. */
  takeBody(chunk: Uint8Array): Uint8Array {
    return this.#framing?.take(chunk) ?? chunk;
  }

  /** Ready for the next response. */
  reset(): void {
    this.#framing = undefined;
    this.#interimResponses = 0;
    this.#rest = new Uint8Array(0);
  }
}

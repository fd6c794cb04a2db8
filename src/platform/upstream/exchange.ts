import type { UpstreamLimits, UpstreamRequest, UpstreamResponse } from "#core/effects/upstream-http.ts";
import { decodeContent } from "#platform/upstream/content-decoding.ts";
import { type Peer, tooLargeFailure } from "#platform/upstream/errors.ts";
import { type BodySource, ResponseBody } from "#platform/upstream/response-body.ts";
import type { ResponseHead } from "#platform/upstream/response-head.ts";
import type { Origin } from "#platform/upstream/target.ts";

/** What carries an exchange: cut when its caller aborts. */
export interface Carrier {
  /** Closes at once and tells nobody. */
  cut(): void;
}

/** One request and its answer, as its caller sees them, whatever connection carries them. */
export class Exchange implements Peer {
  readonly peer: string;
  readonly origin: Origin;
  /** The request in sending order. */
  readonly pieces: readonly Uint8Array[];
  readonly limits: UpstreamLimits;
  /** Settles with the head, or with the failure before it. */
  readonly response: Promise<UpstreamResponse>;
  /** Bytes of the request that a socket has taken: above zero, the peer may have acted on it. */
  acceptedBytes = 0;
  carrier: Carrier | undefined;
  readonly #signal: AbortSignal;
  readonly #resolve: (response: UpstreamResponse) => void;
  readonly #reject: (error: unknown) => void;
  #body: ResponseBody | undefined;
  #receivedBytes = 0;

  constructor(origin: Origin, pieces: readonly Uint8Array[], request: UpstreamRequest) {
    this.peer = request.peer;
    this.origin = origin;
    this.pieces = pieces;
    this.limits = request.limits;
    this.#signal = request.signal;
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamResponse>();
    this.response = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    // The object itself listens: no closure per request, and one line to stop listening.
    this.#signal.addEventListener("abort", this);
  }

  /** The signal's listener. */
  handleEvent(): void {
    this.carrier?.cut();
    this.#release();
    const reason: unknown = this.#signal.reason;
    if (this.#body === undefined) this.#reject(reason);
    else this.#body.abort(reason);
  }

  /** The head is complete. Throws `MalformedResponse` for a content coding that cannot be undone. */
  answer(head: ResponseHead, source: BodySource): void {
    const body = new ResponseBody(source);
    const decoded = decodeContent(body, head, this, this.limits.maxBodyBytes);
    this.#body = body;
    this.#resolve({ status: head.status, header: (name) => head.header(name), body: decoded });
  }

  /** Passes body bytes on; false when they are more than the caller allows: the exchange has failed then. */
  deliver(chunk: Uint8Array): boolean {
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > this.limits.maxBodyBytes) {
      this.fail(tooLargeFailure(this, this.limits.maxBodyBytes));
      return false;
    }
    this.#body?.push(chunk);
    return true;
  }

  /** The message is whole. */
  finish(): void {
    this.#release();
    this.#body?.end();
  }

  /** The message will never be whole. */
  fail(error: unknown): void {
    this.#release();
    if (this.#body === undefined) this.#reject(error);
    else this.#body.fail(error);
  }

  /** The reader went away by itself. */
  abandon(): void {
    this.#release();
  }

  #release(): void {
    this.carrier = undefined;
    this.#signal.removeEventListener("abort", this);
  }
}

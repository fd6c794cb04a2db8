import { ChunkedFraming } from "#platform/upstream/chunked-framing.ts";
import { MalformedResponse } from "#platform/upstream/errors.ts";
import type { ResponseHead } from "#platform/upstream/response-head.ts";

/** Where one message body ends (RFC 9112 section 6.3). */
export interface BodyFraming {
  /** The body bytes in `chunk`, as a view of it; the chunk belongs to the framing and may be rearranged in place. */
  take(chunk: Uint8Array): Uint8Array;
  /** Whether the message has ended. */
  readonly complete: boolean;
  /** Whether bytes came after its end: such a connection must not be used again. */
  readonly surplus: boolean;
  /** Whether an orderly close is the end rather than a cut. */
  readonly endsAtClose: boolean;
}

/** The framing a head announces. Throws `MalformedResponse` where two readers could see two different ends. */
export function framingFor(head: ResponseHead): BodyFraming {
  const transferEncoding = head.header("transfer-encoding");
  const contentLength = head.header("content-length");
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) throw new MalformedResponse("both Content-Length and Transfer-Encoding.");
    if (head.minorVersion === 0) throw new MalformedResponse("Transfer-Encoding in HTTP/1.0.");
    if (transferEncoding.toLowerCase() !== "chunked") throw new MalformedResponse("an unknown Transfer-Encoding.");
  }
  const length = contentLength === undefined ? undefined : parseLength(contentLength);
  if (head.status === 204 || head.status === 304) return new LengthFraming(0);
  if (transferEncoding !== undefined) return new ChunkedFraming();
  return length === undefined ? new CloseFraming() : new LengthFraming(length);
}

/** One length, or the same one repeated (RFC 9110 section 8.6). */
function parseLength(value: string): number {
  const [first = "", ...more] = value.includes(",") ? value.split(/[\t ]*,[\t ]*/) : [value];
  if (!/^\d{1,15}$/.test(first) || more.some((other) => other !== first)) {
    throw new MalformedResponse("an unreadable Content-Length.");
  }
  return Number(first);
}

/** A body of a length known from the head; 0 for the answers that have none. */
class LengthFraming implements BodyFraming {
  readonly endsAtClose = false;
  surplus = false;
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get complete(): boolean {
    return this.#left === 0;
  }

  take(chunk: Uint8Array): Uint8Array {
    if (chunk.length <= this.#left) {
      this.#left -= chunk.length;
      return chunk;
    }
    const body = chunk.subarray(0, this.#left);
    this.surplus = true;
    this.#left = 0;
    return body;
  }
}

/** A body that lasts until the peer closes. */
class CloseFraming implements BodyFraming {
  readonly endsAtClose = true;
  readonly complete = false;
  readonly surplus = false;

  take(chunk: Uint8Array): Uint8Array {
    return chunk;
  }
}

import type { Digest } from "#core/effects/digest.ts";
import { GatewayError } from "#core/errors.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";

/** One message of an AWS event stream: its headers of type string, and its payload. */
export interface EventStreamMessage {
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
}

const preludeBytes = 12;
const checksumBytes = 4;
/** AWS allows 16 MiB of payload and 128 KiB of headers. */
const mostBytes = 17 * 1024 * 1024;
const utf8 = new TextDecoder();

/** Lengths of header values by type; the types 6 and 7 say theirs in two bytes. */
const valueBytes = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const stringType = 7;

/**
 * Takes messages out of `application/vnd.amazon.eventstream` (AWS SDKs and Tools, event stream encoding), however its
 * bytes were cut. Throws `upstream_bad_response` where a length or a checksum is wrong, `upstream_truncated` from `end`
 * inside a message.
 */
export class EventStreamReader {
  readonly #crc32: Digest["crc32"];
  #rest: Uint8Array = new Uint8Array();

  constructor({ crc32 }: Pick<Digest, "crc32">) {
    this.#crc32 = crc32;
  }

  push(bytes: Uint8Array): EventStreamMessage[] {
    const messages: EventStreamMessage[] = [];
    let rest = this.#rest.length === 0 ? bytes : joinBytes([this.#rest, bytes]);
    while (rest.length >= preludeBytes) {
      const length = this.#messageLength(rest);
      if (rest.length < length) break;
      messages.push(this.#message(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    this.#rest = rest;
    return messages;
  }

  end(): void {
    if (this.#rest.length > 0)
      throw new GatewayError("upstream_truncated", "The provider's stream ended in a message.");
  }

  #messageLength(bytes: Uint8Array): number {
    const view = viewOf(bytes);
    const length = view.getUint32(0);
    const headers = view.getUint32(4);
    if (view.getUint32(8) !== this.#crc32(bytes.subarray(0, 8))) throw broken("a checksum is wrong");
    if (length > mostBytes || headers > length - preludeBytes - checksumBytes) throw broken("a length is wrong");
    return length;
  }

  #message(bytes: Uint8Array): EventStreamMessage {
    const view = viewOf(bytes);
    const end = bytes.length - checksumBytes;
    if (view.getUint32(end) !== this.#crc32(bytes.subarray(0, end))) throw broken("a checksum is wrong");
    const headersEnd = preludeBytes + view.getUint32(4);
    return { headers: readHeaders(bytes.subarray(preludeBytes, headersEnd)), payload: bytes.subarray(headersEnd, end) };
  }
}

function readHeaders(bytes: Uint8Array): ReadonlyMap<string, string> {
  const view = viewOf(bytes);
  const headers = new Map<string, string>();
  try {
    for (let at = 0; at < bytes.length;) {
      const nameEnd = at + 1 + view.getUint8(at);
      const type = view.getUint8(nameEnd);
      const fixed = valueBytes[type];
      const start = nameEnd + (fixed === undefined ? 3 : 1);
      const end = start + (fixed ?? view.getUint16(nameEnd + 1));
      if (type >= valueBytes.length || end > bytes.length) throw new RangeError("beyond the headers");
      if (type === stringType)
        headers.set(utf8.decode(bytes.subarray(at + 1, nameEnd)), utf8.decode(bytes.subarray(start, end)));
      at = end;
    }
  } catch (thrown) {
    if (thrown instanceof RangeError) throw broken("a header is wrong");
    throw thrown;
  }
  return headers;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function broken(what: string): GatewayError {
  return new GatewayError("upstream_bad_response", `The provider's stream cannot be read: ${what}.`);
}

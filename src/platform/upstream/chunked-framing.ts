import type { BodyFraming } from "#platform/upstream/body-framing.ts";
import { MalformedResponse } from "#platform/upstream/errors.ts";

/** Longest chunk-size line, with its extensions, which are read past. */
export const maxChunkLineBytes = 1024;
/** All trailer lines together; they are read past. */
export const maxTrailerBytes = 16 * 1024;
/** Twelve hexadecimal digits stay exact in a double. */
const maxSizeDigits = 12;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** What the next byte belongs to. */
type Expecting =
  "size" | "extension" | "size-end" | "data" | "data-return" | "data-end" | "trailer" | "trailer-end" | "nothing";

/**
 * The chunked coding of RFC 9112 section 7.1, strict about CRLF. The data of several chunks that arrived together is
 * moved together in place, so that one read of the socket is one piece of body whatever the sender's flushes.
 */
export class ChunkedFraming implements BodyFraming {
  readonly endsAtClose = false;
  surplus = false;
  #expecting: Expecting = "size";
  #left = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailerBytes = 0;

  get complete(): boolean {
    return this.#expecting === "nothing";
  }

  take(chunk: Uint8Array): Uint8Array {
    let start = 0;
    let end = 0;
    let index = 0;
    while (index < chunk.length && this.#expecting !== "nothing") {
      if (this.#expecting !== "data") {
        this.#step(chunk[index++] ?? 0);
        continue;
      }
      const length = Math.min(this.#left, chunk.length - index);
      if (start === end) start = end = index;
      else chunk.copyWithin(end, index, index + length);
      end += length;
      index += length;
      this.#left -= length;
      if (this.#left === 0) this.#expecting = "data-return";
    }
    this.surplus = index < chunk.length;
    return chunk.subarray(start, end);
  }

  /** One byte between the data. */
  #step(byte: number): void {
    switch (this.#expecting) {
      case "size":
        this.#stepSize(byte);
        break;
      case "extension":
        this.#stepExtension(byte);
        break;
      case "size-end":
        this.#endSize(byte);
        break;
      case "data-return":
        this.#expect(byte, carriageReturn, "data-end");
        break;
      case "data-end":
        this.#expect(byte, lineFeed, "size");
        break;
      case "trailer":
        this.#stepTrailer(byte);
        break;
      case "trailer-end":
        this.#endTrailer(byte);
        break;
      case "data":
      case "nothing":
        break;
    }
  }

  #stepSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#left = this.#left * 16 + digit;
      if (++this.#digits > maxSizeDigits) throw new MalformedResponse("a chunk size out of range.");
      return;
    }
    if (this.#digits === 0) throw new MalformedResponse("an unreadable chunk size.");
    if (byte === carriageReturn) this.#expecting = "size-end";
    else if (byte === 0x3b || byte === 0x20 || byte === 0x09) this.#expecting = "extension";
    else throw new MalformedResponse("an unreadable chunk size.");
  }

  #stepExtension(byte: number): void {
    if (++this.#lineBytes > maxChunkLineBytes) throw new MalformedResponse("a chunk extension out of range.");
    if (byte === lineFeed) throw new MalformedResponse("a chunk line without CRLF.");
    if (byte === carriageReturn) this.#expecting = "size-end";
  }

  #endSize(byte: number): void {
    this.#expect(byte, lineFeed, this.#left === 0 ? "trailer" : "data");
    this.#digits = 0;
    this.#lineBytes = 0;
  }

  #stepTrailer(byte: number): void {
    if (++this.#trailerBytes > maxTrailerBytes) throw new MalformedResponse("trailers out of range.");
    if (byte === lineFeed) throw new MalformedResponse("a trailer line without CRLF.");
    if (byte === carriageReturn) this.#expecting = "trailer-end";
    else this.#lineBytes++;
  }

  #endTrailer(byte: number): void {
    this.#expect(byte, lineFeed, this.#lineBytes === 0 ? "nothing" : "trailer");
    this.#lineBytes = 0;
  }

  #expect(byte: number, wanted: number, next: Expecting): void {
    if (byte !== wanted) throw new MalformedResponse("chunks are not separated by CRLF.");
    this.#expecting = next;
  }
}

/** The value of an ASCII hexadecimal digit, -1 for any other byte. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

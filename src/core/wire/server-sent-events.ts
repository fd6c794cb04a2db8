import { GatewayError } from "#core/errors.ts";

/** One frame of an event stream. Frames of one `push` lie behind one another in the same memory. */
export interface ServerSentEvent {
  /** The bytes as they came, blank line included; never changed afterwards. */
  readonly raw: Uint8Array;
  /** The last `event` field, if it was not empty. */
  readonly event?: string;
  /** The `data` fields joined by line feeds; undefined when the frame has none and means nothing. */
  readonly data: string | undefined;
}

/** Longest frame that is accepted, in bytes. */
export const maxFrameBytes = 8 * 1024 * 1024;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Cuts network bytes into frames as the WHATWG HTML standard (9.2.6) parses event streams: lines end in LF, CR or CRLF,
 * a blank line ends a frame, a leading BOM is left out. The same bytes give the same frames however they were cut; for
 * that a CR at the very end of what is known waits for its LF. Fields `id` and `retry` are carried in `raw` only.
 */
export class ServerSentEventSplitter {
  #kept: Uint8Array = new Uint8Array();
  #keptLength = 0;
  #begun = false;
  /** Where, in what is kept, the unfinished line begins and how far its end was looked for. */
  #lineStart = 0;
  #searchedTo = 0;
  #carriageReturns = false;

  /** The frames that these bytes complete. Throws `upstream_too_large` when a frame exceeds `maxFrameBytes`. */
  push(chunk: Uint8Array): ServerSentEvent[] {
    this.#carriageReturns ||= chunk.includes(carriageReturn);
    let bytes = this.#keptLength === 0 ? chunk : this.#append(chunk);
    if (!this.#begun) {
      if (bytes.length < 3 && startsLikeMark(bytes)) {
        this.#keep(bytes);
        return [];
      }
      this.#begun = true;
      if (startsLikeMark(bytes)) bytes = bytes.subarray(3);
    }
    const frames: ServerSentEvent[] = [];
    this.#keep(bytes.subarray(this.#readFrames(bytes, frames)));
    return frames;
  }

  /** Once the stream has ended: the frames that waited for an LF, and the half frame that no blank line ended. */
  end(): { readonly frames: readonly ServerSentEvent[]; readonly half: ServerSentEvent | undefined } {
    const waits = this.#kept[this.#keptLength - 1] === carriageReturn;
    const frames = waits ? this.push(new Uint8Array([lineFeed])) : [];
    const rest = this.#kept.subarray(0, this.#keptLength);
    return { frames, half: rest.length === 0 ? undefined : parseFrame(rest) };
  }

  /** Adds every whole frame to `frames`; gives the position behind the last one. */
  #readFrames(bytes: Uint8Array, frames: ServerSentEvent[]): number {
    const nextLine = this.#carriageReturns ? nextAnyLine : nextLineFeedLine;
    let frameStart = 0;
    let lineStart = this.#lineStart;
    let next = nextLine(bytes, this.#searchedTo);
    while (next >= 0) {
      if (isLineEnd(bytes[lineStart])) {
        if (next - frameStart > maxFrameBytes) throw tooLarge();
        frames.push(parseFrame(bytes.subarray(frameStart, next)));
        frameStart = next;
      }
      lineStart = next;
      next = nextLine(bytes, lineStart);
    }
    this.#lineStart = lineStart - frameStart;
    // A last CR is looked at again: its LF may follow.
    this.#searchedTo = Math.max(this.#lineStart, bytes.length - frameStart - 1);
    return frameStart;
  }

  #append(chunk: Uint8Array): Uint8Array {
    const length = this.#keptLength + chunk.length;
    if (length > this.#kept.length) {
      // Doubling keeps a long frame in small pieces linear.
      const grown = new Uint8Array(Math.max(length, 2 * this.#keptLength));
      grown.set(this.#kept.subarray(0, this.#keptLength));
      this.#kept = grown;
    }
    this.#kept.set(chunk, this.#keptLength);
    return this.#kept.subarray(0, length);
  }

  #keep(rest: Uint8Array): void {
    if (rest.length > maxFrameBytes) throw tooLarge();
    // Frames already given out look into the old memory, so it is never written again once one was cut from it.
    const untouched = rest.buffer === this.#kept.buffer && rest.byteOffset === this.#kept.byteOffset;
    if (!untouched && rest.length > 0) {
      this.#kept = new Uint8Array(Math.max(512, 2 * rest.length));
      this.#kept.set(rest);
    } else if (rest.length === 0) this.#kept = new Uint8Array();
    this.#keptLength = rest.length;
  }
}

/** Position behind the line that begins at `from`, or -1 while its end is not known. */
function nextLineFeedLine(bytes: Uint8Array, from: number): number {
  return bytes.indexOf(lineFeed, from) + 1 || -1;
}

function nextAnyLine(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] === lineFeed) return at + 1;
    if (bytes[at] !== carriageReturn) continue;
    if (at + 1 === bytes.length) return -1;
    return bytes[at + 1] === lineFeed ? at + 2 : at + 1;
  }
  return -1;
}

function parseFrame(raw: Uint8Array): ServerSentEvent {
  return parseSingleData(raw) ?? parseFields(raw);
}

/** The usual frame, `data: ...` on one line ended by line feeds, without going through text twice. */
function parseSingleData(raw: Uint8Array): ServerSentEvent | undefined {
  const end = raw.length - 2;
  if (raw[0] !== 0x64 || raw[1] !== 0x61 || raw[2] !== 0x74 || raw[3] !== 0x61 || raw[4] !== 0x3a) return undefined;
  if (raw.indexOf(lineFeed) !== end || raw[end + 1] !== lineFeed) return undefined;
  const start = raw[5] === 0x20 ? 6 : 5;
  const data = utf8.decode(raw.subarray(start, end));
  return data.includes("\r") ? undefined : { raw, data };
}

function parseFields(raw: Uint8Array): ServerSentEvent {
  let event = "";
  let data: string | undefined;
  for (const line of utf8.decode(raw).split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "event") event = value;
    else if (field === "data") data = data === undefined ? value : `${data}\n${value}`;
  }
  return event === "" ? { raw, data } : { raw, event, data };
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === lineFeed || byte === carriageReturn;
}

function startsLikeMark(bytes: Uint8Array): boolean {
  return [0xef, 0xbb, 0xbf].slice(0, bytes.length).every((byte, index) => bytes[index] === byte);
}

function tooLarge(): GatewayError {
  return new GatewayError("upstream_too_large", "An event of the provider's stream is too large.", {
    details: { max_bytes: maxFrameBytes },
  });
}

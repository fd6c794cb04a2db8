import { GatewayError } from "#core/errors.ts";

/** One frame of an event stream. Frames of the same added bytes lie behind one another in the same memory. */
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
const nothing = new Uint8Array();
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Cuts network bytes into frames as the WHATWG HTML standard (9.2.6) parses event streams: lines end in LF, CR or CRLF,
 * a blank line ends a frame, a leading BOM is left out. The same bytes give the same frames however they were cut; for
 * that a CR at the very end of what is known waits for its LF. Fields `id` and `retry` are carried in `raw` only.
 */
export class ServerSentEventSplitter {
  #kept: Uint8Array = nothing;
  #keptLength = 0;
  #begun = false;
  #bytes: Uint8Array = nothing;
  /** Where, in `bytes`, the next frame begins, its unfinished line, and how far the end of that was looked for. */
  #position = 0;
  #lineStart = 0;
  #searchedTo = 0;
  #carriageReturns = false;

  /** What is known and not given out begins at `position` of these. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get position(): number {
    return this.#position;
  }

  /** Adds the next bytes of the stream, once `next` has given all frames of those before. */
  add(chunk: Uint8Array): void {
    this.#carriageReturns ||= chunk.includes(carriageReturn);
    this.#bytes = this.#keptLength === 0 ? chunk : this.#append(chunk);
    if (this.#begun || (this.#bytes.length < 3 && startsLikeMark(this.#bytes))) return;
    this.#begun = true;
    if (!startsLikeMark(this.#bytes)) return;
    this.#bytes = this.#bytes.subarray(3);
    this.#searchedTo = 0;
  }

  /** The next whole frame. Throws `upstream_too_large` when a frame exceeds `maxFrameBytes`. */
  next(): ServerSentEvent | undefined {
    const nextLine = this.#carriageReturns ? nextAnyLine : nextLineFeedLine;
    const bytes = this.#bytes;
    let next = this.#begun ? nextLine(bytes, this.#searchedTo) : -1;
    while (next >= 0) {
      if (isLineEnd(bytes[this.#lineStart])) {
        if (next - this.#position > maxFrameBytes) throw tooLarge();
        return parseFrame(this.skip(next));
      }
      this.#lineStart = next;
      next = nextLine(bytes, next);
    }
    this.#keepRest();
    return undefined;
  }

  /** Gives out, unparsed, what lies before `end`, which the caller knows to be whole frames. */
  skip(end: number): Uint8Array {
    const all = this.#position === 0 && end === this.#bytes.length;
    const raw = all ? this.#bytes : this.#bytes.subarray(this.#position, end);
    this.#position = this.#lineStart = this.#searchedTo = end;
    return raw;
  }

  /** Once the stream has ended: the frames that waited for an LF, and the half frame that no blank line ended. */
  end(): { readonly frames: readonly ServerSentEvent[]; readonly half: ServerSentEvent | undefined } {
    const frames: ServerSentEvent[] = [];
    if (this.#kept[this.#keptLength - 1] === carriageReturn) {
      this.add(new Uint8Array([lineFeed]));
      for (let frame = this.next(); frame !== undefined; frame = this.next()) frames.push(frame);
    }
    const rest = this.#kept.subarray(0, this.#keptLength);
    return { frames, half: rest.length === 0 ? undefined : parseFrame(rest) };
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

  #keepRest(): void {
    const rest = this.#position === this.#bytes.length ? nothing : this.#bytes.subarray(this.#position);
    if (rest.length > maxFrameBytes) throw tooLarge();
    // A last CR is looked at again: its LF may follow.
    this.#lineStart -= this.#position;
    this.#searchedTo = Math.max(this.#lineStart, rest.length - 1);
    this.#position = 0;
    if (rest.length === 0) {
      this.#kept = nothing;
    } else if (rest.buffer !== this.#kept.buffer || rest.byteOffset !== this.#kept.byteOffset) {
      // Frames already given out look into the old memory, so it is never written again once one was cut from it.
      this.#kept = new Uint8Array(Math.max(512, 2 * rest.length));
      this.#kept.set(rest);
    }
    this.#keptLength = rest.length;
    this.#bytes = rest;
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
  const text = utf8.decode(raw);
  const hasReturns = text.includes("\r");
  let event = "";
  let data: string | undefined;
  for (let from = 0; from < text.length;) {
    const feed = text.indexOf("\n", from);
    const end = feed < 0 ? text.length : feed;
    const carriage = hasReturns ? text.indexOf("\r", from) : -1;
    const lineEnd = carriage >= 0 && carriage < end ? carriage : end;
    const value = fieldValue(text, "data", from, lineEnd);
    if (value !== undefined) data = data === undefined ? value : `${data}\n${value}`;
    else event = fieldValue(text, "event", from, lineEnd) ?? event;
    from = lineEnd + (lineEnd + 1 === end ? 2 : 1);
  }
  return event === "" ? { raw, data } : { raw, event, data };
}

/** The value of this field in the line that lies between these positions; undefined when the line is of another. */
function fieldValue(text: string, name: string, from: number, lineEnd: number): string | undefined {
  if (!text.startsWith(name, from)) return undefined;
  const colon = from + name.length;
  if (colon === lineEnd) return "";
  if (text[colon] !== ":") return undefined;
  return text.slice(text[colon + 1] === " " ? colon + 2 : colon + 1, lineEnd);
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

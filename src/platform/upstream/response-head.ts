import { MalformedResponse } from "#platform/upstream/errors.ts";

/** Longest response head, with its status line. */
export const maxHeadBytes = 64 * 1024;
/** Most header lines in one response. */
export const maxHeaderCount = 200;

const blankLine = "\r\n\r\n";
const protocolStart = "HTTP/1.";
const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** RFC 9110 section 5.6.2; white space before the colon and folded lines fail it too. */
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Status line and header fields of one response; names are lower case, repeated fields joined by ", ". */
export class ResponseHead {
  readonly status: number;
  readonly minorVersion: number;
  readonly #fields: ReadonlyMap<string, string>;

  constructor(status: number, minorVersion: number, fields: ReadonlyMap<string, string>) {
    this.status = status;
    this.minorVersion = minorVersion;
    this.#fields = fields;
  }

  header(name: string): string | undefined {
    return this.#fields.get(name);
  }
}

/** Reads a head without its closing blank line (RFC 9112 sections 4 and 5). Throws `MalformedResponse`. */
export function parseResponseHead(text: string): ResponseHead {
  const lines = text.split("\r\n");
  const start = statusLine.exec(lines[0] ?? "");
  if (start === null) throw new MalformedResponse("not an HTTP/1.1 status line.");
  if (lines.length - 1 > maxHeaderCount) throw new MalformedResponse(`more than ${maxHeaderCount} headers.`);
  const fields = new Map<string, string>();
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = trimBlanks(line, colon + 1);
    if (!token.test(name) || !fieldValue.test(value)) throw new MalformedResponse("a header line is malformed.");
    const earlier = fields.get(name);
    fields.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return new ResponseHead(Number(start[2]), Number(start[1]), fields);
}

/** Gathers the bytes of one response head from chunks cut anywhere. Ready for the next head after each one. */
export class HeadCollector {
  #pending = Buffer.alloc(0);
  #length = 0;
  #bodyStart = 0;

  /** Index in the last chunk of the first byte after the head. */
  get bodyStart(): number {
    return this.#bodyStart;
  }

  /** Whether part of a head has arrived. */
  get started(): boolean {
    return this.#length > 0;
  }

  /** The head, once its blank line has arrived. Throws `MalformedResponse`, as early as the bytes show it. */
  take(chunk: Uint8Array): ResponseHead | undefined {
    const before = this.#length;
    const bytes = before === 0 ? viewOf(chunk) : this.#append(chunk);
    const end = bytes.indexOf(blankLine, Math.max(0, before - blankLine.length + 1));
    if (end >= 0 && end <= maxHeadBytes) {
      this.#bodyStart = end + blankLine.length - before;
      this.#length = 0;
      return parseResponseHead(bytes.toString("latin1", 0, end));
    }
    refuseEarly(bytes, Math.max(0, before - 1));
    if (before === 0) this.#append(chunk);
    return undefined;
  }

  /** Everything gathered so far, the chunk included: never more than a head may have. */
  #append(chunk: Uint8Array): Buffer {
    const room = maxHeadBytes + blankLine.length - this.#length;
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    const length = this.#length + kept.length;
    if (length > this.#pending.length) {
      const larger = Buffer.alloc(2 * length);
      larger.set(this.#pending.subarray(0, this.#length));
      this.#pending = larger;
    }
    this.#pending.set(kept, this.#length);
    this.#length = length;
    return this.#pending.subarray(0, length);
  }
}

/** A peer that speaks something else would otherwise be waited for until the clock runs out. */
function refuseEarly(bytes: Buffer, from: number): void {
  const start = bytes.toString("latin1", 0, protocolStart.length);
  if (!protocolStart.startsWith(start)) throw new MalformedResponse("not an HTTP/1.1 status line.");
  if (bytes.indexOf("\n\n", from) >= 0) throw new MalformedResponse("a header line is malformed.");
  if (bytes.length >= maxHeadBytes + blankLine.length) {
    throw new MalformedResponse(`a response head of more than ${maxHeadBytes} bytes.`);
  }
}

/** A `Buffer` over the same memory, for its native search. */
function viewOf(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** RFC 9110 calls only space and tab white space; `trim` would take more. */
function trimBlanks(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start++;
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

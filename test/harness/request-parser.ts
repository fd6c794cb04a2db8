/** A request as the fake upstream read it from its socket. */
export interface ParsedRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names; repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const headEnd = new TextEncoder().encode("\r\n\r\n");

/** Collects bytes of one connection and gives back each request once its body (`content-length` only) is complete. */
export class RequestParser {
  #buffer: Buffer = Buffer.alloc(0);

  /** The requests that these bytes completed, in order. */
  push(bytes: Uint8Array): ParsedRequest[] {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    const complete: ParsedRequest[] = [];
    for (let next = this.#take(); next !== undefined; next = this.#take()) complete.push(next);
    return complete;
  }

  #take(): ParsedRequest | undefined {
    const end = this.#buffer.indexOf(headEnd);
    if (end < 0) return undefined;
    const [line = "", ...headerLines] = this.#buffer.toString("latin1", 0, end).split("\r\n");
    const headers = parseHeaders(headerLines);
    const bodyStart = end + headEnd.length;
    const bodyEnd = bodyStart + Number(headers["content-length"] ?? 0);
    if (this.#buffer.length < bodyEnd) return undefined;
    const [method = "", path = ""] = line.split(" ");
    const body = Uint8Array.from(this.#buffer.subarray(bodyStart, bodyEnd));
    this.#buffer = this.#buffer.subarray(bodyEnd);
    return { method, path, headers, body };
  }
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : `${earlier}, ${value}`;
  }
  return headers;
}

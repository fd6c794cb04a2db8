import type { Socket } from "bun";

/** What a connection tells its owner. */
export interface ResponseEvents {
  /** Some of a streamed body arrived, holding this many whole events. */
  readonly onEvents?: (count: number) => void;
  /** Bytes arrived, one character for each. */
  readonly onBytes?: (text: string) => void;
  /** The response is complete. */
  readonly onDone: (status: number) => void;
  /** The connection closed in the middle of a response, or could not be made. */
  readonly onBroken: () => void;
}

const eventMark = "\ndata: ";

/** One keep-alive HTTP/1.1 connection that costs next to nothing: it knows where a response ends and no more. */
export class RawConnection {
  #socket: Socket | undefined;
  #text = "";
  #bodyLength: number | undefined;
  #status = 0;
  #busy = false;
  /** What the socket has not taken of a request. */
  #unsent: Uint8Array = new Uint8Array();
  #closing = false;
  readonly #events: ResponseEvents;

  private constructor(events: ResponseEvents) {
    this.#events = events;
  }

  static async open(port: number, events: ResponseEvents): Promise<RawConnection> {
    const connection = new RawConnection(events);
    connection.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_socket, bytes) => connection.#read(bytes.toString("latin1")),
        drain: () => connection.#flush(),
        close: () => connection.#closed(),
        error: () => connection.#closed(),
      },
    });
    return connection;
  }

  send(request: string | Uint8Array): void {
    this.#busy = true;
    this.#unsent = typeof request === "string" ? Buffer.from(request) : request;
    this.#flush();
  }

  close(): void {
    this.#closing = true;
    this.#socket?.terminate();
  }

  #flush(): void {
    if (this.#unsent.length === 0) return;
    const taken = this.#socket?.write(this.#unsent) ?? 0;
    this.#unsent = this.#unsent.subarray(Math.max(0, taken));
  }

  #read(text: string): void {
    this.#events.onBytes?.(text);
    if (this.#status === 0) {
      this.#text += text;
      const end = this.#text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = this.#text.slice(0, end);
      this.#status = Number(head.slice(9, 12));
      const length = /content-length: *(\d+)/i.exec(head)?.[1];
      this.#bodyLength = length === undefined ? undefined : Number(length);
      this.#text = this.#text.slice(end + 4);
      if (this.#bodyLength === undefined) this.#countEvents(this.#text);
    } else {
      if (this.#bodyLength === undefined) this.#countEvents(text);
      // Of a chunked body only the tail matters: it tells the end.
      this.#text = this.#bodyLength === undefined ? (this.#text + text).slice(-16) : this.#text + text;
    }
    const complete =
      this.#bodyLength === undefined ? this.#text.endsWith("\r\n0\r\n\r\n") : this.#text.length >= this.#bodyLength;
    if (complete) this.#complete();
  }

  #countEvents(text: string): void {
    let count = 0;
    for (let at = text.indexOf(eventMark); at >= 0; at = text.indexOf(eventMark, at + eventMark.length)) count += 1;
    if (count > 0) this.#events.onEvents?.(count);
  }

  #complete(): void {
    const status = this.#status;
    this.#text = "";
    this.#status = 0;
    this.#busy = false;
    this.#events.onDone(status);
  }

  #closed(): void {
    if (this.#busy && !this.#closing) this.#events.onBroken();
    this.#busy = false;
  }
}

/** The bytes of a chat request to `/v1/chat/completions`. */
export function chatRequest(key: string, fields: object = {}): string {
  const body = JSON.stringify({
    model: "mock",
    messages: [
      { role: "system", content: "You are a helpful assistant." },
      { role: "user", content: "Say hello in a friendly way, in one sentence, please." },
    ],
    ...fields,
  });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

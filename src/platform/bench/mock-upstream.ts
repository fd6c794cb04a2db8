import type { Socket, TCPSocketListener } from "bun";

interface Stream {
  readonly socket: Socket<Connection>;
  left: number;
}
interface Connection {
  /** Of a request that has not come whole, or of a stream that the socket did not take. */
  pending: string;
  stream: Stream | undefined;
}

/** Between two events of a paced stream. */
export const pacedIntervalMs = 100;

const tickMs = 5;
const ticksPerInterval = pacedIntervalMs / tickMs;
const content = "Hello there, this is an answer of ordinary length from the mock upstream.";
const usage = { prompt_tokens: 12, completion_tokens: 16, total_tokens: 28 };
const base = { id: "chatcmpl-bench", created: 1_700_000_000, model: "mock" };
const message = { index: 0, message: { role: "assistant", content }, finish_reason: "stop" };
const wholeBody = JSON.stringify({ ...base, object: "chat.completion", choices: [message], usage });
const whole = Buffer.from(response("application/json", `content-length: ${wholeBody.length}`) + wholeBody);
const streamHead = Buffer.from(response("text/event-stream", "transfer-encoding: chunked"));
const event = frame({ choices: [{ index: 0, delta: { content: " token" }, finish_reason: null }] });
const ending = Buffer.concat([
  frame({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
  frame({ choices: [], usage }),
  Buffer.from("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"),
]);
const burst = Buffer.concat(Array.from({ length: 10 }, () => event));

/**
 * A provider that costs next to nothing, on a free port of 127.0.0.1: raw sockets, prepared bytes, one timer for all
 * paced streams. `mock_events` in the body sets the length of a stream, `mock_paced` puts 100 ms between its events;
 * `GET /counts` tells how many are open. It runs until its process ends.
 */
export class MockUpstream {
  /** Paced streams by the tick of their phase, so that events leave evenly and not all at once. */
  readonly #phases = new Map<number, Set<Stream>>();
  readonly #started = performance.now();
  readonly #listener: TCPSocketListener<Connection>;
  #openStreams = 0;
  #tick = 0;
  #nextPhase = 0;

  constructor() {
    setInterval(() => this.#writeDue(), tickMs);
    this.#listener = Bun.listen<Connection>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open(socket) {
          socket.data = { pending: "", stream: undefined };
        },
        data: (socket, bytes) => this.#read(socket, bytes.toString("latin1")),
        drain: (socket) => this.#goOn(socket),
        close: ({ data }) => {
          if (data.stream !== undefined) this.#forget(data.stream);
        },
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  #read(socket: Socket<Connection>, bytes: string): void {
    const text = socket.data.pending + bytes;
    const end = text.indexOf("\r\n\r\n");
    const length = end < 0 ? 0 : Number(/content-length: *(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
    if (end < 0 || text.length < end + 4 + length) {
      socket.data.pending = text;
      return;
    }
    socket.data.pending = "";
    this.#answer(socket, text.slice(0, end), text.slice(end + 4));
  }

  #answer(socket: Socket<Connection>, head: string, body: string): void {
    if (head.startsWith("GET /counts")) {
      const text = JSON.stringify({ open: this.#openStreams });
      socket.write(`${response("application/json", `content-length: ${text.length}`)}${text}`);
    } else if (/"stream"\s*:\s*true/.test(body)) this.#startStream(socket, body);
    else socket.write(whole);
  }

  #startStream(socket: Socket<Connection>, body: string): void {
    const left = Number(/"mock_events":(\d+)/.exec(body)?.[1] ?? 20);
    const stream: Stream = { socket, left };
    socket.data.stream = stream;
    this.#openStreams += 1;
    socket.write(streamHead);
    if (!body.includes('"mock_paced":true')) {
      this.#pump(stream);
      return;
    }
    const phase = this.#nextPhase++ % ticksPerInterval;
    const sharing = this.#phases.get(phase) ?? new Set();
    this.#phases.set(phase, sharing.add(stream));
  }

  /** Writes an unpaced stream as fast as the reader takes it. */
  #pump(stream: Stream): void {
    while (stream.left > 0) {
      const count = Math.min(10, stream.left);
      const bytes = burst.subarray(0, count * event.length);
      const written = stream.socket.write(bytes);
      stream.left -= count;
      if (written < bytes.length) {
        stream.socket.data.pending = bytes.subarray(Math.max(written, 0)).toString("latin1");
        return;
      }
    }
    this.#finish(stream);
  }

  #goOn(socket: Socket<Connection>): void {
    const { stream, pending } = socket.data;
    if (stream === undefined || pending === "") return;
    const written = socket.write(Buffer.from(pending, "latin1"));
    socket.data.pending = pending.slice(Math.max(written, 0));
    if (socket.data.pending === "") this.#pump(stream);
  }

  /** Timers come late and drift; the ticks that are due are made up for. */
  #writeDue(): void {
    for (const due = Math.floor((performance.now() - this.#started) / tickMs); this.#tick < due; this.#tick += 1) {
      for (const stream of this.#phases.get(this.#tick % ticksPerInterval) ?? []) {
        stream.left -= 1;
        if (stream.left <= 0) this.#finish(stream);
        else stream.socket.write(event);
      }
    }
  }

  #finish(stream: Stream): void {
    stream.socket.write(ending);
    this.#forget(stream);
  }

  #forget(stream: Stream): void {
    if (stream.socket.data.stream !== stream) return;
    stream.socket.data.stream = undefined;
    this.#openStreams -= 1;
    for (const sharing of this.#phases.values()) sharing.delete(stream);
  }
}

function response(type: string, framing: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${framing}\r\n\r\n`;
}

function frame(fields: object): Buffer {
  const data = `data: ${JSON.stringify({ ...base, object: "chat.completion.chunk", ...fields })}\n\n`;
  return Buffer.from(`${data.length.toString(16)}\r\n${data}\r\n`);
}

import type { Socket } from "bun";
import { type ParsedRequest, RequestParser } from "./request-parser.ts";
import { bodyBytes, completion, type UpstreamScript } from "./upstream-script.ts";

/** A call as the upstream saw it. */
export interface RecordedCall extends ParsedRequest {
  /** `performance.now()` when its last byte had arrived. */
  readonly receivedAtMs: number;
  /** `performance.now()` when the caller hung up before the answer was complete. */
  abortedAtMs: number | undefined;
  /** Whether the whole answer was written. */
  answered: boolean;
  /** Pieces of a stream written until now. */
  pieces: number;
  /** The body as JSON. */
  json(): Record<string, unknown>;
}

/** What is answered: always the same, or by looking at the call. */
export type Answering = UpstreamScript | ((call: RecordedCall) => UpstreamScript);

interface Connection {
  readonly parser: RequestParser;
  readonly unsent: Buffer[];
  readonly closed: AbortController;
}

/**
 * A provider on 127.0.0.1 that answers by script, byte by byte, and keeps what it was asked, whatever the path. Scripts
 * are used in order; the last one stays. Close it with `stop`, or `using`.
 */
export class FakeUpstream implements Disposable {
  readonly calls: RecordedCall[] = [];
  readonly #scripts: Answering[];
  readonly #listener: Bun.TCPSocketListener<Connection>;
  /** TCP connections accepted so far. */
  connections = 0;

  constructor(...scripts: readonly Answering[]) {
    this.#scripts = scripts.length > 0 ? [...scripts] : [completion()];
    this.#listener = Bun.listen<Connection>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          this.connections += 1;
          socket.data = { parser: new RequestParser(), unsent: [], closed: new AbortController() };
        },
        data: (socket, bytes) => {
          for (const request of socket.data.parser.push(bytes)) void this.#answer(socket, request);
        },
        drain: (socket) => flush(socket),
        close: (socket) => socket.data.closed.abort(),
        error: (socket) => socket.data.closed.abort(),
      },
    });
  }

  /** Base URL as `[provider.NAME] base_url` wants it. */
  get url(): string {
    return `${this.origin}/v1`;
  }

  /** The same without a path. */
  get origin(): string {
    return `http://127.0.0.1:${this.#listener.port}`;
  }

  /** Calls whose path, query left out, ends so. */
  callsTo(pathEnd: string): RecordedCall[] {
    return this.calls.filter((call) => call.path.split("?", 1)[0]?.endsWith(pathEnd));
  }

  /** Replaces the scripts that are left. */
  script(...scripts: readonly Answering[]): void {
    this.#scripts.splice(0, this.#scripts.length, ...scripts);
  }

  stop(): void {
    this.#listener.stop(true);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  async #answer(socket: Socket<Connection>, request: ParsedRequest): Promise<void> {
    const call: RecordedCall = {
      ...request,
      receivedAtMs: performance.now(),
      abortedAtMs: undefined,
      answered: false,
      pieces: 0,
      json: () => JSON.parse(new TextDecoder().decode(request.body)),
    };
    this.calls.push(call);
    const { closed } = socket.data;
    closed.signal.addEventListener("abort", () => {
      if (!call.answered) call.abortedAtMs = performance.now();
    });
    const next = (this.#scripts.length > 1 ? this.#scripts.shift() : this.#scripts[0]) ?? completion();
    const script = typeof next === "function" ? answerTo(next, call) : next;
    await play(socket, script, closed.signal, call);
  }
}

async function play(
  socket: Socket<Connection>,
  script: UpstreamScript,
  gone: AbortSignal,
  call: RecordedCall,
): Promise<void> {
  if (!(await pause(script.headDelayMs ?? 0, gone))) return;
  if (script.raw !== undefined) {
    send(socket, bodyBytes(script.raw));
    call.answered = true;
    socket.end();
    return;
  }
  const whole = script.events === undefined ? bodyBytes(script.body ?? "") : undefined;
  send(socket, head(script, whole?.length));
  if (whole !== undefined) send(socket, script.end === "cut" ? whole.subarray(0, whole.length / 2) : whole);
  for (const piece of piecesOf(script)) {
    if (!(await pause(script.intervalMs ?? 0, gone))) return;
    send(socket, Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]));
    call.pieces += 1;
  }
  if (script.end === "hang") return;
  call.answered = true;
  if (script.end === "cut") socket.end();
  else if (whole === undefined) send(socket, Buffer.from("0\r\n\r\n"));
}

/** A responder that throws must not leave the caller waiting. */
function answerTo(responder: (call: RecordedCall) => UpstreamScript, call: RecordedCall): UpstreamScript {
  try {
    return responder(call);
  } catch (error) {
    return { status: 599, body: { error: { message: `The script failed: ${String(error)}` } } };
  }
}

function piecesOf(script: UpstreamScript): Buffer[] {
  const frames = (script.events ?? []).map((event) => Buffer.from(frameOf(event, script)));
  const { pieceBytes } = script;
  if (pieceBytes === undefined) return frames;
  const all = Buffer.concat(frames);
  const count = Math.ceil(all.length / pieceBytes);
  return Array.from({ length: count }, (_, index) => all.subarray(index * pieceBytes, (index + 1) * pieceBytes));
}

function frameOf(event: unknown, { named = false, lineEnd: end }: UpstreamScript): string {
  const lineEnd = end ?? "\n";
  const data = `data: ${typeof event === "string" ? event : JSON.stringify(event)}${lineEnd}${lineEnd}`;
  return named ? `event: ${(event as { type: string }).type}${lineEnd}${data}` : data;
}

function head(script: UpstreamScript, length: number | undefined): Buffer {
  const headers = {
    "content-type": length === undefined ? "text/event-stream" : "application/json",
    ...(length === undefined ? { "transfer-encoding": "chunked" } : { "content-length": String(length) }),
    ...script.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${script.status ?? 200} Scripted\r\n${lines.join("")}\r\n`);
}

/** False when the caller left meanwhile. */
async function pause(delayMs: number, gone: AbortSignal): Promise<boolean> {
  if (gone.aborted) return false;
  if (delayMs === 0) return true;
  return await new Promise((resolve) => {
    const timer = Number.isFinite(delayMs) ? setTimeout(() => resolve(true), delayMs) : undefined;
    gone.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

function send(socket: Socket<Connection>, bytes: Buffer): void {
  socket.data.unsent.push(bytes);
  flush(socket);
}

function flush(socket: Socket<Connection>): void {
  const { unsent } = socket.data;
  for (let first = unsent[0]; first !== undefined; first = unsent[0]) {
    const written = socket.write(first);
    if (written < first.length) {
      unsent[0] = first.subarray(Math.max(written, 0));
      return;
    }
    unsent.shift();
  }
}

import net from "node:net";
import { eventually } from "./eventually.ts";

/** What a server answered, as far as it was received. */
export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A TCP client that says exactly what it is told to, right or wrong. `using` resets the connection. */
export class RawClient implements Disposable {
  readonly #socket: net.Socket;
  readonly #chunks: Buffer[] = [];
  /** Bytes received so far. */
  received = 0;
  /** Whether the other side closed or reset the connection. */
  closed = false;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#chunks.push(bytes);
      this.received += bytes.length;
    });
    socket.on("error", () => {});
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.closed = true;
      });
    }
  }

  /** Connects to the host and port of an URL; keeps its side open when the other half-closes. */
  static connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    return new Promise((connected, failed) => {
      const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
      socket.setNoDelay(true);
      socket.once("error", failed);
      socket.once("connect", () => {
        socket.off("error", failed);
        connected(new RawClient(socket));
      });
    });
  }

  /** Resolves when the kernel has the bytes, or with false once the connection is gone. */
  send(bytes: string | Uint8Array): Promise<boolean> {
    if (this.closed) return Promise.resolve(false);
    return new Promise((sent) => {
      const gone = (): void => sent(false);
      this.#socket.once("close", gone);
      this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, (error) => {
        this.#socket.off("close", gone);
        sent(error === undefined || error === null);
      });
    });
  }

  /** FIN: nothing more will be sent. */
  end(): void {
    this.#socket.end();
  }

  /** RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Stops and resumes reading, so that the server meets a full window. */
  stopReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  /** Everything received, as latin1 text. */
  text(): string {
    return Buffer.concat(this.#chunks).toString("latin1");
  }

  /** Waits for the head of an answer, and for its body where it has a length; else gives what has come of it. */
  async answer(deadlineMs = 10_000): Promise<RawAnswer> {
    return await eventually("an answer", () => parseAnswer(this.text(), this.closed), deadlineMs);
  }

  /** Waits until the other side has closed. */
  async ended(deadlineMs = 10_000): Promise<void> {
    await eventually("the end of the connection", () => this.closed, deadlineMs);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** One request and its answer on a connection of its own. */
export async function rawExchange(url: string, bytes: string | Uint8Array): Promise<RawAnswer> {
  using client = await RawClient.connect(url);
  await client.send(bytes);
  return await client.answer();
}

/** A POST to the chat endpoint, as bytes of HTTP/1.1, with these further header lines. */
export function rawChat(url: string, body: string, lines: readonly string[] = []): string {
  const length = Buffer.byteLength(body, "latin1");
  const own = [`host: ${new URL(url).host}`, "content-type: application/json", `content-length: ${length}`];
  return `POST /v1/chat/completions HTTP/1.1\r\n${[...own, ...lines].join("\r\n")}\r\n\r\n${body}`;
}

function parseAnswer(text: string, closed: boolean): RawAnswer | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((each) => [each.slice(0, each.indexOf(":")).toLowerCase(), each.slice(each.indexOf(":") + 1).trim()]),
  );
  const body = text.slice(end + 4);
  const length = Number(headers["content-length"] ?? 0);
  return body.length >= length || closed ? { status: Number(line.split(" ")[1]), headers, body } : undefined;
}

import type { Socket } from "bun";

/** What a connection has received and not answered. */
interface Connection {
  head: string | undefined;
  /** Bytes of the body that came, and those that are to come. */
  received: Buffer[];
  missing: number;
  /** What the socket did not take yet. */
  unsent: Buffer[];
}

/** A request, and how to answer it. */
export interface Answering {
  readonly path: string;
  readonly body: Buffer;
  write(bytes: Uint8Array): void;
}

/** An HTTP/1.1 server on raw sockets that does nothing but to tell where a request ends; gives its port. */
export function serveAnswers(port: number, answer: (request: Answering) => void): number {
  return Bun.listen<Connection>({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(socket) {
        socket.data = { head: undefined, received: [], missing: 0, unsent: [] };
      },
      data: (socket, bytes) => read(socket, Buffer.from(bytes), answer),
      drain: flush,
    },
  }).port;
}

function read(socket: Socket<Connection>, bytes: Buffer, answer: (request: Answering) => void): void {
  const { data } = socket;
  data.received.push(bytes);
  if (data.head === undefined) {
    const all = Buffer.concat(data.received);
    const end = all.indexOf("\r\n\r\n");
    if (end < 0) return;
    data.head = all.toString("latin1", 0, end);
    data.received = [all.subarray(end + 4)];
    data.missing = Number(/content-length: *(\d+)/i.exec(data.head)?.[1] ?? 0) - (all.length - end - 4);
  } else {
    data.missing -= bytes.length;
  }
  if (data.missing > 0) return;
  const path = data.head.split(" ", 2)[1] ?? "";
  const body = Buffer.concat(data.received);
  data.head = undefined;
  data.received = [];
  answer({ path, body, write: (written) => write(socket, Buffer.from(written)) });
}

function write(socket: Socket<Connection>, bytes: Buffer): void {
  if (socket.data.unsent.length > 0) {
    socket.data.unsent.push(bytes);
    return;
  }
  const taken = Math.max(0, socket.write(bytes));
  if (taken < bytes.length) socket.data.unsent.push(bytes.subarray(taken));
}

function flush(socket: Socket<Connection>): void {
  const { data } = socket;
  const waiting = Buffer.concat(data.unsent);
  data.unsent = [];
  if (waiting.length > 0) write(socket, waiting);
}

/** The head of a response with a whole body, or of one in chunks. */
export function responseHead(length: number | undefined): string {
  const framing = length === undefined ? "transfer-encoding: chunked" : `content-length: ${length}`;
  const type = length === undefined ? "text/event-stream" : "application/json";
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${framing}\r\n\r\n`;
}

/** Bytes as one chunk of a chunked body. */
export function chunkOf(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

/** What ends a chunked body. */
export const lastChunk: Buffer = Buffer.from("0\r\n\r\n");

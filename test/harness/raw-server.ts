import net from "node:net";
import tls from "node:tls";
import { type ParsedRequest, RequestParser } from "./request-parser.ts";

/** One connection of a raw server, as its script sees it. Times are on `performance.now()`. */
export interface Peer {
  /** Counts connections from 0. */
  readonly number: number;
  /** The next complete request (`content-length` bodies only). */
  request(): Promise<ParsedRequest>;
  /** Sends bytes as they are; resolves when the kernel has them. */
  send(bytes: string | Uint8Array): Promise<void>;
  /** Sends byte by byte, each in a write of its own. */
  drip(bytes: string | Uint8Array): Promise<void>;
  /** FIN. */
  end(): void;
  /** RST. */
  reset(): void;
  /** Stops and resumes reading, so that the sender meets a full window. */
  stopReading(): void;
  resumeReading(): void;
  /** When the other side closed or reset the connection. */
  closed(): Promise<number>;
}

/** A server that says exactly what its script says, right or wrong. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port` or `https://localhost:port`. */
  readonly url: string;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  /** Every request read by a script, in order. */
  readonly requests: readonly ParsedRequest[];
}

/** What a raw server does with each connection; the connection stays open after it until either side closes. */
export type Script = (peer: Peer) => Promise<void> | void;

/** Key and certificates of a TLS server, PEM. */
export interface RawServerTls {
  readonly key: string;
  readonly cert: string;
  readonly maxVersion?: "TLSv1.1" | "TLSv1.2";
}

/** Listens on a free port of 127.0.0.1 and runs `script` for each connection. Disposing closes everything. */
export async function rawServer(script: Script, secure?: RawServerTls): Promise<RawServer> {
  const requests: ParsedRequest[] = [];
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  const onSocket = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    // A script that waits for what a closed connection can no longer give is given up with it.
    Promise.resolve(script(peerOf(socket, accepted++, requests))).catch(() => socket.destroy());
  };
  const server =
    secure === undefined
      ? net.createServer({ noDelay: true }, onSocket)
      : tls.createServer({ ...secure, minVersion: "TLSv1", ALPNProtocols: ["h2", "http/1.1"] }, onSocket);
  server.on("tlsClientError", () => {});
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    url: secure === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    requests,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}

function peerOf(socket: net.Socket, number: number, requests: ParsedRequest[]): Peer {
  const parser = new RequestParser();
  const unread: ParsedRequest[] = [];
  const waiting: ((request: ParsedRequest) => void)[] = [];
  const closed = new Promise<number>((resolve) => socket.once("close", () => resolve(performance.now())));
  socket.on("data", (chunk: Buffer) => {
    for (const request of parser.push(chunk)) {
      requests.push(request);
      const waiter = waiting.shift();
      if (waiter === undefined) unread.push(request);
      else waiter(request);
    }
  });
  const send = (bytes: string | Uint8Array): Promise<void> =>
    new Promise((sent, failed) => {
      socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, (error) => {
        if (error) failed(error);
        else sent();
      });
    });
  return {
    number,
    send,
    async drip(bytes) {
      const all = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
      for (let index = 0; index < all.length; index++) {
        await send(all.subarray(index, index + 1));
        await new Promise(setImmediate);
      }
    },
    request() {
      const ready = unread.shift();
      return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
    },
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    stopReading: () => void socket.pause(),
    resumeReading: () => void socket.resume(),
    closed: () => closed,
  };
}

/** A complete HTTP/1.1 answer with a length. */
export function answer(body: string, headers = "", status = "200 OK"): string {
  return `HTTP/1.1 ${status}\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

import { expect } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { UpstreamLimits, UpstreamRequest, UpstreamResponse } from "#core/effects/upstream-http.ts";
import type { Connection, ConnectionSocket } from "#platform/upstream/connection.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { readText } from "./upstream-calls.ts";

/** A socket without a network: it keeps what is written and is told by the test what happens to it. */
export class FakeSocket implements ConnectionSocket {
  readonly connection: Connection;
  written = "";
  /** Bytes the kernel still takes; a negative number is a dead socket. */
  room = Number.POSITIVE_INFINITY;
  closedBy: "end" | "terminate" | undefined;
  paused = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }
  write(data: Uint8Array, byteOffset: number, byteLength: number): number {
    if (this.room < 0) return -1;
    const taken = Math.min(this.room, byteLength);
    this.room -= taken;
    this.written += Buffer.from(data.subarray(byteOffset, byteOffset + taken)).toString("latin1");
    return taken;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  end(): void {
    this.closedBy = "end";
  }
  terminate(): void {
    this.closedBy = "terminate";
  }
  says(text: string): void {
    this.connection.received(new Uint8Array(Buffer.from(text, "latin1")));
  }
}

/** A client on fake sockets and a virtual clock. */
export interface World {
  readonly clock: VirtualClock;
  readonly client: UpstreamClient;
  readonly sockets: FakeSocket[];
}

/** A world whose sockets open at once, or when the test opens them. */
export function world(options: { readonly opens?: boolean; readonly maxIdlePerOrigin?: number } = {}): World {
  const clock = new VirtualClock();
  const sockets: FakeSocket[] = [];
  const client = new UpstreamClient(clock, {
    soon: (task) => task(),
    maxIdlePerOrigin: options.maxIdlePerOrigin ?? 512,
    dial(connection) {
      const socket = new FakeSocket(connection);
      sockets.push(socket);
      if (options.opens !== false) connection.opened(socket);
    },
  });
  return { clock, client, sockets };
}

/** The limits of every request here. */
const limits: UpstreamLimits = {
  connectTimeoutMs: 500,
  headTimeoutMs: 3_000,
  idleTimeoutMs: 6_000,
  maxBodyBytes: Number.POSITIVE_INFINITY,
};

/** A POST of `{}` to `http://a.example/v1`, changed by `changes`. */
export function request(changes: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    method: "POST",
    peer: "acme",
    url: "http://a.example/v1",
    headers: { "x-a": "1" },
    body: new TextEncoder().encode("{}"),
    signal: new AbortController().signal,
    limits,
    ...changes,
  };
}

/** The socket dialled as number `index`; fails the test when there is none. */
export function socketAt(sockets: readonly FakeSocket[], index: number): FakeSocket {
  const socket = sockets[index];
  if (socket === undefined) throw new Error(`No socket ${index}`);
  return socket;
}

/** A whole answer, `hi`. */
export const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

/** One whole call; the socket dialled last answers. */
export async function call({ client, sockets }: World, changes: Partial<UpstreamRequest> = {}): Promise<void> {
  const response = client.send(request(changes));
  socketAt(sockets, sockets.length - 1).says(ok);
  expect(await readText(await response)).toBe("hi");
}

/** One call in a world of its own, answered piece by piece. */
export async function fakeSocketCall(
  pieces: readonly string[],
): Promise<{ readonly response: UpstreamResponse; readonly idleConnections: number }> {
  const { client, sockets } = world();
  const response = client.send(request());
  for (const piece of pieces) socketAt(sockets, 0).says(piece);
  return { response: await response, idleConnections: client.idleConnections };
}

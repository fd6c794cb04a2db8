import { describe, expect, test } from "bun:test";
import { eventually } from "../harness/eventually.ts";
import { rawServer } from "../harness/raw-server.ts";

/** What `src/platform/upstream` relies on in Bun's sockets. */
interface Seen {
  readonly events: string[];
  readonly chunks: Uint8Array[];
}

async function connectTo(port: number): Promise<{ socket: Bun.Socket<Seen>; seen: Seen }> {
  const seen: Seen = { events: [], chunks: [] };
  const socket = await Bun.connect<Seen>({
    hostname: "127.0.0.1",
    port,
    data: seen,
    socket: {
      binaryType: "uint8array",
      data(_socket, chunk) {
        seen.events.push("data");
        seen.chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      },
      close(_socket, error) {
        seen.events.push(error === undefined ? "close" : "close with error");
      },
    },
  });
  return { socket, seen };
}

const total = (chunks: readonly Uint8Array[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

describe("Bun's sockets", () => {
  test("give every chunk memory of its own, which later reads leave alone", async () => {
    await using server = await rawServer(async (peer) => {
      for (const letter of "abc") {
        await peer.send(letter.repeat(1_000));
        await Bun.sleep(5);
      }
    });
    const { socket, seen } = await connectTo(server.port);
    await eventually("all arrived", () => total(seen.chunks) === 3_000);
    expect(new Set(seen.chunks.map((chunk) => chunk.buffer)).size).toBe(seen.chunks.length);
    expect(seen.chunks.map((chunk) => Buffer.from(chunk).toString()).join("")).toBe(
      "a".repeat(1_000) + "b".repeat(1_000) + "c".repeat(1_000),
    );
    socket.terminate();
  });

  test("stop reading while paused, so that the sender waits, and lose nothing", async () => {
    const size = 64 * 1024 * 1024;
    let sent = false;
    await using server = await rawServer(async (peer) => {
      await peer.send(new Uint8Array(size));
      sent = true;
      peer.end();
    });
    const { socket, seen } = await connectTo(server.port);
    socket.pause();
    await Bun.sleep(100);
    const paused = total(seen.chunks);
    await Bun.sleep(100);
    expect(total(seen.chunks)).toBe(paused);
    expect(sent).toBe(false);
    expect(seen.events).not.toContain("close");
    socket.resume();
    await eventually("all arrived", () => seen.events.includes("close"));
    expect(total(seen.chunks)).toBe(size);
  });

  test("take part of a large write and say how much", async () => {
    await using server = await rawServer((peer) => peer.stopReading());
    const { socket } = await connectTo(server.port);
    const taken = socket.write(new Uint8Array(64 * 1024 * 1024));
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(64 * 1024 * 1024);
    socket.terminate();
  });

  test("tell FIN from RST, and give the bytes before either", async () => {
    await using fin = await rawServer(async (peer) => {
      await peer.send("x");
      peer.end();
    });
    const ended = (await connectTo(fin.port)).seen;
    await eventually("the close", () => ended.events.length === 2);
    expect(ended.events).toEqual(["data", "close"]);
    await using rst = await rawServer(async (peer) => {
      await peer.send("x");
      await Bun.sleep(20);
      peer.reset();
    });
    const broken = (await connectTo(rst.port)).seen;
    await eventually("the close", () => broken.events.length === 2);
    expect(broken.events).toEqual(["data", "close with error"]);
  });

  test("refuse a write after the close with -1", async () => {
    await using server = await rawServer((peer) => peer.end());
    const { socket, seen } = await connectTo(server.port);
    await eventually("the close", () => seen.events.includes("close"));
    expect(socket.write("x")).toBe(-1);
  });

  test("close at once on end and terminate, without waiting for the peer", async () => {
    await using server = await rawServer(() => {});
    for (const how of ["end", "terminate"] as const) {
      const { socket, seen } = await connectTo(server.port);
      socket[how]();
      expect(seen.events).toEqual(["close"]);
    }
  });
});

/** What the code relies on in Bun's event loop and text decoding. */
import { expect, test } from "bun:test";

test("setImmediate runs when all that has arrived is handed over: one task gathers a whole turn", async () => {
  const gathered = Promise.withResolvers<number>();
  let arrived = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data() {
        arrived += 1;
        if (arrived === 1) setImmediate(() => gathered.resolve(arrived));
      },
    },
  });
  const peers = await Promise.all(
    Array.from({ length: 20 }, () =>
      Bun.connect({ hostname: "127.0.0.1", port: listener.port, socket: { data() {} } }),
    ),
  );
  for (const peer of peers) peer.write("x");
  // The loop is held until the kernel has delivered all of them.
  Bun.sleepSync(50);
  expect(await gathered.promise).toBe(20);
  listener.stop(true);
});

test("a strict TextDecoder throws on what is no UTF-8, also where it is only cut short, and drops one BOM", () => {
  const strict = new TextDecoder("utf-8", { fatal: true });
  for (const wrong of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xc0, 0x80]]) {
    expect(() => strict.decode(new Uint8Array(wrong))).toThrow(TypeError);
  }
  expect(strict.decode(Buffer.from("\uFEFFå"))).toBe("å");
});

test("a TextDecoder keeps the BOM when told to, and characters cut between two chunks", () => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const whole = Buffer.from("\uFEFF😀");
  const parts = [whole.subarray(0, 5), whole.subarray(5)].map((part) => decoder.decode(part, { stream: true }));
  expect(parts.join("")).toBe("\uFEFF😀");
});

test("UUIDs rise within one process", () => {
  const ids = Array.from({ length: 5_000 }, () => Bun.randomUUIDv7());
  expect(ids.toSorted()).toEqual(ids);
});

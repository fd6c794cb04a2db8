/** What `src/http/reply-stream.ts` relies on where Bun sends a ReadableStream as an answer. */
import { expect, test } from "bun:test";
import { eventually } from "../harness/eventually.ts";
import { RawClient } from "../harness/raw-client.ts";

type Controller = ReadableStreamDefaultController<Uint8Array>;

interface Source {
  start?(controller: Controller): void;
  pull(controller: Controller): Promise<void>;
  cancel?(): void;
}

function serve(source: Source) {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    fetch: () => new Response(new ReadableStream(source, { highWaterMark: 0 })),
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
}

async function ask(url: string): Promise<RawClient> {
  const client = await RawClient.connect(url);
  await client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  return client;
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

test("pull is called one at a time, and no more while the reader does not read", async () => {
  let [given, running, most] = [0, 0, 0];
  await using door = serve({
    async pull(controller) {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      controller.enqueue(new Uint8Array(64 * 1024));
      given += 64 * 1024;
      running -= 1;
    },
  });
  using client = await ask(door.url);
  await eventually("some of it", () => client.received > 0);
  client.stopReading();
  let before = -1;
  await eventually("the stop", async () => {
    before = given;
    await Bun.sleep(50);
    return given === before;
  });
  expect(given).toBeLessThan(16 * 1024 * 1024);
  client.resumeReading();
  await eventually("more of it", () => given > before);
  expect(most).toBe(1);
});

test("bytes put in from outside reach the reader while a pull still waits", async () => {
  let controller: Controller | undefined;
  await using door = serve({
    start(own) {
      controller = own;
    },
    pull: () => new Promise(() => {}),
  });
  using client = await ask(door.url);
  for (const text of [":one", ":two"]) {
    await eventually("a controller", () => controller !== undefined);
    controller?.enqueue(bytes(text));
    await eventually(text, () => client.text().includes(text));
  }
});

test("a reader that leaves cancels the stream", async () => {
  let cancelled = false;
  await using door = serve({
    start: (controller) => controller.enqueue(bytes("begun")),
    pull: () => new Promise(() => {}),
    cancel() {
      cancelled = true;
    },
  });
  using client = await ask(door.url);
  await eventually("the beginning", () => client.text().includes("begun"));
  client.reset();
  await eventually("cancel", () => cancelled);
});

test("close ends the message, error cuts it: the two cannot be mistaken for each other", async () => {
  for (const how of ["close", "error"] as const) {
    let controller: Controller | undefined;
    await using door = serve({
      start(own) {
        controller = own;
        own.enqueue(bytes("begun"));
      },
      pull: () => new Promise(() => {}),
    });
    using client = await ask(door.url);
    await eventually("the beginning", () => client.text().includes("begun"));
    controller?.[how]();
    await eventually(how, () => (how === "close" ? client.text().endsWith("\r\n0\r\n\r\n") : client.closed));
    expect(client.text().endsWith("\r\n0\r\n\r\n")).toBe(how === "close");
  }
});

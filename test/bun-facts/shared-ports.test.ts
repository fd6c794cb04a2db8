/** What `serve --takeover` relies on of the kernel, of Bun's server, and of reaching the one behind the other. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { sharePort, steerToSecond } from "#platform/reuse-port.ts";
import { RawClient, rawExchange } from "../harness/raw-client.ts";
import { temporaryDirectory } from "../stores/temporary-directory.ts";

const get = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

function serve(name: string, port = 0, reusePort = false): Bun.Server<undefined> {
  const headers = { connection: "close" };
  return Bun.serve({ hostname: "127.0.0.1", port, reusePort, fetch: () => new Response(name, { headers }) });
}

test("a port is shared only once its owner says so, also when it has connections already", async () => {
  const first = serve("first");
  const port = first.port ?? 0;
  using _connected = await RawClient.connect(first.url.href);
  expect(() => serve("second", port, true)).toThrow();
  sharePort(port);
  expect(() => serve("plain", port)).toThrow();
  await serve("second", port, true).stop(true);
  await first.stop(true);
});

test("from the steering on every connection comes to the second, and none is lost when the first closes", async () => {
  const first = serve("first");
  const port = first.port ?? 0;
  const url = first.url.href;
  const answers: string[] = [];
  let goesOn = true;
  const callers = Array.from({ length: 8 }, async () => {
    while (goesOn) answers.push(await bodyOf(url));
  });
  sharePort(port);
  const second = serve("second", port, true);
  steerToSecond(port);
  const steered = await Promise.all(Array.from({ length: 200 }, () => bodyOf(url)));
  expect(new Set(steered)).toEqual(new Set(["second"]));
  await first.stop();
  const after = await Promise.all(Array.from({ length: 200 }, () => bodyOf(url)));
  goesOn = false;
  await Promise.all(callers);
  expect(new Set(after)).toEqual(new Set(["second"]));
  expect(answers.filter((body) => body !== "first" && body !== "second")).toEqual([]);
  await second.stop(true);
});

test("an answer that says so is the last on its connection", async () => {
  const server = serve("done");
  using client = await RawClient.connect(server.url.href);
  await client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await client.ended();
  expect(client.text()).toEndWith("done");
  await server.stop(true);
});

test("a Unix socket that stops removes the path it was bound at, whoever's it is by then", async () => {
  using directory = temporaryDirectory();
  const unix = join(directory.path, "a.sock");
  const server = Bun.serve({ unix, fetch: () => new Response() });
  await Bun.file(unix).delete();
  await Bun.write(unix, "another's");
  await server.stop(true);
  expect(existsSync(unix)).toBe(false);
});

async function bodyOf(url: string): Promise<string> {
  return await rawExchange(url, get).then(
    ({ body }) => body,
    (error: unknown) => String(error),
  );
}

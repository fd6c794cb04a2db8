import { expect, test } from "bun:test";
import { chat, errorOf } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { startGateway } from "../harness/gateway.ts";
import { answer, rawServer } from "../harness/raw-server.ts";
import { completion, failure } from "../harness/upstream-script.ts";

const soon = new Date(Date.UTC(2026, 0, 1, 0, 0, 30)).toUTCString();
const date = new Date(Date.UTC(2026, 0, 1, 0, 0, 0)).toUTCString();

test.each([
  ["seconds", { "retry-after": "7" }, "7"],
  ["milliseconds, in whole seconds", { "retry-after-ms": "2500" }, "3"],
  ["a date", { "retry-after": soon, date }, "30"],
  ["a date in the past", { "retry-after": date, date: soon }, "1"],
  ["a thousand million seconds, cut to 300", { "retry-after": "1000000000" }, "300"],
  ["minus one", { "retry-after": "-1" }, null],
  ["junk", { "retry-after": "soon\tish" }, null],
  ["nothing", {}, null],
] as const)(
  "F45 a 429 that says %s reaches the caller as a 429 in whole seconds or none",
  async (_, headers, expected) => {
    using upstream = new FakeUpstream(failure(429, "Slow down.", headers));
    await using gateway = await startGateway({ upstreams: { up: upstream }, ini: "[gateway]\nmax_retries = 0" });
    const response = await chat(gateway);
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, expected]);
    expect((await errorOf(response)).message).toBe("Slow down.");
    expect(upstream.calls).toHaveLength(1);
    expect((await gateway.logs())[0]).toMatchObject({ outcome: "failed", error_code: "upstream_rate_limited" });
  },
);

test("F47 a provider that refuses our key gives way to another one, and its words go nowhere", async () => {
  using locked = new FakeUpstream(failure(401, "Incorrect API key: canary"));
  using open = new FakeUpstream(completion("from the open one"));
  await using gateway = await startGateway({ upstreams: { locked, open }, ini: "[routes]\nboth = locked, open" });
  const response = await chat(gateway, { model: "both" });
  expect([response.status, await response.json()]).toEqual([200, completion("from the open one").body]);
  expect([locked.calls.length, open.calls.length]).toEqual([1, 1]);
  expect(gateway.output()).not.toContain("canary");
});

test("F51 a pooled connection that the provider has closed meanwhile costs nothing: every call is executed exactly once", async () => {
  let executed = 0;
  await using server = await rawServer(async (peer) => {
    await peer.request();
    executed += 1;
    // Promises to stay, and leaves.
    await peer.send(answer(JSON.stringify(completion().body), "content-type: application/json\r\n"));
    peer.end();
  });
  await using gateway = await startGateway({ upstreams: { up: { url: `${server.url}/v1` } } });
  for (let calls = 1; calls <= 20; calls += 1) {
    const response = await chat(gateway);
    expect([response.status, executed]).toEqual([200, calls]);
    await response.text();
  }
});

test("F51 a connection that dies after the request was sent is not asked again: nothing is executed twice", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.request();
    if (peer.number === 0) {
      await peer.send(answer(JSON.stringify(completion().body), "content-type: application/json\r\n"));
      await peer.request();
    }
    peer.reset();
  });
  await using gateway = await startGateway({ upstreams: { up: { url: `${server.url}/v1` } } });
  expect((await chat(gateway)).status).toBe(200);
  const response = await chat(gateway);
  expect(response.status).toBe(502);
  await response.text();
  expect(server.requests).toHaveLength(2);
});

import { expect, test } from "bun:test";
import { chat, chatStream, contentOf, errorOf } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { framesOf } from "../harness/frame-reader.ts";
import { gatedUpstream } from "../harness/gated-upstream.ts";
import { startGateway } from "../harness/gateway.ts";
import { completion, stream } from "../harness/upstream-script.ts";

test("max_concurrent_requests refuses one more with 503 and Retry-After, and takes work again when one has ended", async () => {
  await using upstream = await gatedUpstream();
  await using gateway = await startGateway({
    upstreams: { up: upstream },
    ini: "[gateway]\nmax_concurrent_requests = 2\n",
  });
  const running = [await chatStream(gateway), await chatStream(gateway)];
  const refused = await chat(gateway, { model: "loopback" });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  expect((await errorOf(refused))["code"]).toBe("overloaded");
  expect(upstream.calls).toBe(2);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  upstream.open();
  for (const answer of running) await answer.text();
  expect((await chat(gateway, { model: "loopback" })).status).toBe(200);
});

test("a caller who leaves gives the place back", async () => {
  await using upstream = await gatedUpstream();
  await using gateway = await startGateway({
    upstreams: { up: upstream },
    ini: "[gateway]\nmax_concurrent_requests = 1\n",
  });
  const leaving = new AbortController();
  await chatStream(gateway, {}, { signal: leaving.signal });
  expect((await chat(gateway, { model: "loopback" })).status).toBe(503);
  leaving.abort();
  await eventually("the place is free", async () => (await chat(gateway, { model: "loopback" })).status === 200);
});

test("F32 request_timeout is 504 for a provider that never answers, and the provider is let go", async () => {
  using upstream = new FakeUpstream({ headDelayMs: Number.POSITIVE_INFINITY });
  await using gateway = await startGateway({ upstreams: { up: upstream }, ini: "[gateway]\nrequest_timeout = 0.2\n" });
  for (const fields of [{}, { stream: true }]) {
    const answer = await chat(gateway, fields);
    expect(answer.status).toBe(504);
    expect((await errorOf(answer))["type"]).toBe("timeout");
  }
  await eventually("both calls are let go", () => upstream.calls.every(({ abortedAtMs }) => abortedAtMs !== undefined));
  expect((await gateway.logs()).map(({ outcome, http_status }) => [outcome, http_status])).toEqual([
    ["failed", 504],
    ["failed", 504],
  ]);
});

test("request_timeout bounds the whole of an unstreamed answer", async () => {
  const body = JSON.stringify(completion().body);
  using upstream = new FakeUpstream({ headers: { "content-length": "100000" }, body, end: "hang" });
  await using gateway = await startGateway({ upstreams: { up: upstream }, ini: "[gateway]\nrequest_timeout = 0.3\n" });
  expect((await chat(gateway)).status).toBe(504);
});

test("T-43 once content flows a stream may last longer than request_timeout", async () => {
  using upstream = new FakeUpstream({ ...stream(["a", "b", "c", "d"]), intervalMs: 400 });
  await using gateway = await startGateway({ upstreams: { up: upstream }, ini: "[gateway]\nrequest_timeout = 2\n" });
  const frames = await framesOf(await chatStream(gateway));
  expect(frames.at(-1)).toBe("data: [DONE]");
  expect(frames.join("")).toContain('"d"');
});

test("the caller's deadline is obeyed and says so; one that is no number is refused", async () => {
  using upstream = new FakeUpstream({ ...completion("late"), headDelayMs: 4_000 });
  await using gateway = await startGateway({ upstreams: { up: upstream } });
  const late = await chat(gateway, {}, { headers: { "x-tokligence-deadline-ms": "600" } });
  expect([late.status, (await errorOf(late))["code"]]).toEqual([504, "deadline_exceeded"]);
  await eventually("the provider is let go", () => upstream.calls[0]?.abortedAtMs !== undefined);
  for (const value of ["soon", "-1", "0", "1.5"]) {
    const refused = await chat(gateway, {}, { headers: { "x-tokligence-deadline-ms": value } });
    expect([value, refused.status, (await errorOf(refused))["param"]]).toEqual([
      value,
      400,
      "x-tokligence-deadline-ms",
    ]);
  }
  expect(upstream.calls).toHaveLength(1);
  const intime = await chat(gateway, { model: "loopback" }, { headers: { "x-tokligence-deadline-ms": "60000" } });
  expect([intime.status, typeof (await contentOf(intime))]).toEqual([200, "string"]);
});

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream, hello } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { HeldUpstream } from "../../harness/held-upstream.ts";
import { metric, queueOf } from "../../harness/queue.ts";
import { threeFamilies } from "../../harness/three-families.ts";
import { chunk, completion, cutOff, stream, type UpstreamScript } from "../../harness/upstream-script.ts";

setDefaultTimeout(30_000);

const onePlace = "[scheduling]\nenabled = true\npriority_enabled = true\n[provider.a.test-model]\nmax_concurrent = 1\n";

/** The text of an answer as far as it has come, for as long as it comes. */
function reading(answer: Response): () => string {
  let text = "";
  void (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of answer.body ?? []) text += decoder.decode(bytes, { stream: true });
  })();
  return () => text;
}

test.each(["openai", "anthropic", "gemini"])(
  "a streamed call of %s's family hears its place and its wait in heartbeats, and afterwards how long it was",
  async (name) => {
    const family = threeFamilies.find((one) => one.name === name);
    using upstream = new HeldUpstream();
    await using gateway = await startGateway({
      upstreams: { a: upstream },
      ini: `${onePlace}[gateway]\ncommit_after_ms = 20\nheartbeat_interval = 0.05\n`,
    });
    const [first, second] = [chat(gateway), upstream.call(0)];
    await second;
    const before = chat(gateway);
    await queueOf(gateway, 5, 1);
    const answer = await family?.ask(gateway.url, { streamed: true });
    if (answer === undefined) throw new Error("no such family");
    expect([answer.status, answer.headers.get("x-tokligence-queue-ms")]).toEqual([200, null]);
    const text = reading(answer);
    await eventually("it is the second", () => /^:? ?queued position=2 expected-wait-ms=\d+$/m.test(text()));
    upstream.calls[0]?.answer();
    await first;
    await eventually("it is the first", () => /^: ?queued position=1 expected-wait-ms=\d+$/m.test(text()));
    upstream.open();
    await before;
    await eventually("it is told the rest", () => /x-tokligence-queue-position=2 /.test(text()));
    const waited = Number(/x-tokligence-queue-ms=([\d.]+)/.exec(text())?.[1]);
    expect(waited).toBeGreaterThan(50);
    const rows = await eventually("three rows", async () => {
      const logs = await gateway.logs();
      return logs.length === 3 ? logs : undefined;
    });
    expect(Math.min(...rows.map(({ queue_ms }) => queue_ms))).toBe(0);
    // Of the three it alone was streamed.
    const booked = rows.find((row) => row.stream)?.queue_ms ?? Number.NaN;
    expect(Math.abs(booked - waited)).toBeLessThan(5);
    expect(text()).toContain("Hello");
  },
);

test("a whole answer, and a stream that has not begun, say in their headers how long they waited and where", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({ upstreams: { a: upstream }, ini: onePlace });
  const holder = chat(gateway);
  await upstream.call(0);
  const whole = chat(gateway);
  await queueOf(gateway, 5, 1);
  const streamed = chatStream(gateway);
  await queueOf(gateway, 5, 2);
  upstream.open();
  expect((await holder).headers.get("x-tokligence-queue-position")).toBeNull();
  for (const [answer, position] of [
    [await whole, "1"],
    [await streamed, "2"],
  ] as const) {
    expect([answer.status, answer.headers.get("x-tokligence-queue-position")]).toEqual([200, position]);
    expect(Number(answer.headers.get("x-tokligence-queue-ms"))).toBeGreaterThan(0);
    expect(Number(answer.headers.get("x-tokligence-overhead-ms"))).toBeLessThan(1000);
    await answer.text();
  }
  const rows = await gateway.logs();
  expect(rows.filter(({ queue_ms }) => queue_ms > 0).length).toBe(2);
});

test("F22 a caller that leaves the queue is gone at once: no provider is asked, its row says so", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({ upstreams: { a: upstream }, ini: onePlace });
  const holder = chat(gateway);
  await upstream.call(0);
  const leaving = new AbortController();
  const left = chat(gateway, {}, { signal: leaving.signal }).catch(() => "left");
  await queueOf(gateway, 5, 1);
  leaving.abort();
  expect(await left).toBe("left");
  await queueOf(gateway, 5, 0);
  upstream.open();
  expect((await holder).status).toBe(200);
  expect(upstream.calls.length).toBe(1);
  expect(await metric(gateway, 'tokligence_scheduling_requests_total{priority="5",outcome="cancelled"}')).toBe(1);
  const rows = await eventually("two rows", async () => {
    const logs = await gateway.logs();
    return logs.length === 2 ? logs : undefined;
  });
  expect(rows.map(({ outcome }) => outcome).toSorted()).toEqual(["aborted", "finished"]);
});

describe("T-30 the place is given back", () => {
  const mishaps: Readonly<Record<string, UpstreamScript>> = {
    "a whole answer": completion(),
    "a stream": stream(),
    "a provider's failure": { status: 500, body: { error: { message: "No.", type: "x" } } },
    "a provider's refusal of the request": { status: 400, body: { error: { message: "No.", type: "x" } } },
    "an answer that is no JSON": { body: "<html>" },
    "an answer cut off": cutOff(completion()),
    "a stream cut off before content": { events: [], end: "cut" },
    "a stream cut off after content": cutOff(stream()),
    "a provider that hangs up": { raw: "" },
    "a provider that is too slow": { headDelayMs: Number.POSITIVE_INFINITY },
    "a stream that falls silent": { events: [chunk({ content: "begun" })], end: "hang" },
  };

  const isFree = async (gateway: GatewayUnderTest): Promise<boolean> =>
    (await metric(gateway, 'tokligence_inflight_requests{deployment="a/test-model"}')) === 0 &&
    (await metric(gateway, 'tokligence_capacity_concurrent_requests{model="test-model",deployment="a/test-model"}')) ===
      0;

  test("whatever became of the call, and the next one need not wait", async () => {
    using upstream = new FakeUpstream();
    await using gateway = await startGateway({
      upstreams: { a: upstream },
      ini: `${onePlace}[gateway]\nmax_retries = 0\nrequest_timeout = 1.5\nstream_idle_timeout = 0.3\n[circuit_breaker]\nthreshold = 0\nfailure_rate = 0\n`,
    });
    for (const [name, script] of Object.entries(mishaps)) {
      for (const streamed of [false, true]) {
        upstream.script(script);
        const answer = await chat(gateway, streamed ? { stream: true } : {});
        await answer.text().catch(() => undefined);
        await eventually(`${name}: the place is free`, () => isFree(gateway));
        upstream.script(completion());
        const next = await chat(gateway);
        expect([name, next.status, next.headers.get("x-tokligence-queue-ms")]).toEqual([name, 200, "0"]);
      }
    }
  });

  test.each([
    ["before the answer", false],
    ["in the middle of a stream", true],
  ])("when the caller leaves %s, and whoever waits gets it", async (_, streamed) => {
    using upstream = new FakeUpstream(
      streamed ? { events: [chunk({ content: "begun" })], end: "hang" } : { headDelayMs: Number.POSITIVE_INFINITY },
      completion("next"),
    );
    await using gateway = await startGateway({ upstreams: { a: upstream }, ini: onePlace });
    const leaving = new AbortController();
    const gone = chat(gateway, { stream: streamed }, { signal: leaving.signal }).catch(() => undefined);
    if (streamed) await gone;
    await eventually("it is with the provider", () => upstream.calls.length === 1);
    const next = chat(gateway, { messages: hello });
    await queueOf(gateway, 5, 1);
    leaving.abort();
    expect((await next).status).toBe(200);
    await eventually("the place is free", () => isFree(gateway));
  });
});

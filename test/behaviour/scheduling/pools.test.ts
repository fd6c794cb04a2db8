import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chat, contentOf } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream, type RecordedCall } from "../../harness/fake-upstream.ts";
import { startGateway } from "../../harness/gateway.ts";
import { HeldUpstream } from "../../harness/held-upstream.ts";
import { metric, queueOf } from "../../harness/queue.ts";
import { completion, failure, type UpstreamScript } from "../../harness/upstream-script.ts";

setDefaultTimeout(30_000);

const on = "[scheduling]\nenabled = true\n";
const providerOf = ({ headers }: Response): string | null => headers.get("x-tokligence-provider");

describe("inside a pool", () => {
  test("the least loaded answers: whoever is busy with earlier calls gets fewer of those that follow", async () => {
    using one = new HeldUpstream();
    using other = new HeldUpstream();
    await using gateway = await startGateway({ upstreams: { a: one, b: other }, ini: `pair = a/m | b/m\n${on}` });
    const asked = Array.from({ length: 6 }, () => chat(gateway, { model: "pair" }));
    await eventually("all are asked", () => one.calls.length + other.calls.length === 6);
    expect([one.calls.length, other.calls.length]).toEqual([3, 3]);
    other.open();
    await eventually("one of them is free", async () => {
      return (await metric(gateway, 'tokligence_inflight_requests{deployment="b/m"}')) === 0;
    });
    for (let more = 0; more < 4; more += 1) expect(providerOf(await chat(gateway, { model: "pair" }))).toBe("b");
    one.open();
    for (const answer of await Promise.all(asked)) expect(answer.status).toBe(200);
  });

  test.each([on, ""])("weights share out what is asked while nobody is busy (%j)", async (scheduling) => {
    using one = new FakeUpstream();
    using other = new FakeUpstream();
    await using gateway = await startGateway({
      upstreams: { a: one, b: other },
      ini: `pair = a/m @3 | b/m @1\n${scheduling}`,
    });
    for (let asked = 0; asked < 20; asked += 1) expect((await chat(gateway, { model: "pair" })).status).toBe(200);
    expect([one.calls.length, other.calls.length]).toEqual([15, 5]);
  });

  test("a deployment that is full is passed over, and who finds all full waits for the first that is free", async () => {
    using one = new HeldUpstream();
    using other = new HeldUpstream();
    await using gateway = await startGateway({
      upstreams: { a: one, b: other },
      ini: `pair = a/m | b/m\n${on}[provider.a.m]\nmax_concurrent = 1\n[provider.b.m]\nmax_concurrent = 2\n`,
    });
    const asked = Array.from({ length: 5 }, () => chat(gateway, { model: "pair" }));
    await queueOf(gateway, 5, 2);
    await eventually("all places are taken", () => one.calls.length + other.calls.length === 3);
    expect([one.calls.length, other.calls.length]).toEqual([1, 2]);
    other.calls[0]?.answer();
    await other.call(2);
    expect(one.calls.length).toBe(1);
    one.open();
    other.open();
    for (const answer of await Promise.all(asked)) expect(answer.status).toBe(200);
  });
});

describe("across pools", () => {
  test("the next pool answers when the first is full and its queue is, and the first again when there is room", async () => {
    using first = new HeldUpstream();
    using next = new FakeUpstream();
    await using gateway = await startGateway({
      upstreams: { a: first, b: next },
      ini: `both = a/m, b/m\n${on}[scheduler]\nmax_queue = 0\n[provider.a.m]\nmax_concurrent = 1\n[gateway]\nmax_retries = 0\n`,
    });
    const holder = chat(gateway, { model: "both" });
    await first.call(0);
    // More than the retry budget holds: moving on after a refusal of ours costs nothing.
    for (let asked = 0; asked < 20; asked += 1) expect(providerOf(await chat(gateway, { model: "both" }))).toBe("b");
    first.open();
    expect(providerOf(await holder)).toBe("a");
    expect(providerOf(await chat(gateway, { model: "both" }))).toBe("a");
  });

  test("the next pool answers when the first has no capacity at all", async () => {
    using first = new FakeUpstream();
    using next = new FakeUpstream();
    await using gateway = await startGateway({
      upstreams: { a: first, b: next },
      ini: `both = a/m, b/m\n${on}[provider.a.m]\nmax_concurrent = 0\n`,
    });
    expect(providerOf(await chat(gateway, { model: "both" }))).toBe("b");
    expect(first.calls).toEqual([]);
  });

  test("a failed attempt gives its place back and the call goes on to the next pool", async () => {
    using first = new FakeUpstream(failure(500));
    using next = new FakeUpstream();
    await using gateway = await startGateway({
      upstreams: { a: first, b: next },
      ini: `both = a/m, b/m\n${on}[provider.a.m]\nmax_concurrent = 1\n[provider.b.m]\nmax_concurrent = 1\n`,
    });
    for (let asked = 0; asked < 3; asked += 1) expect(providerOf(await chat(gateway, { model: "both" }))).toBe("b");
    expect(await metric(gateway, 'tokligence_inflight_requests{deployment="a/m"}')).toBe(0);
    const rows = await gateway.logs();
    expect(rows.map(({ attempts }) => attempts)).toEqual([2, 2, 2]);
  });
});

describe.each([on, ""])("several keys of one provider (%j)", (scheduling) => {
  const keyOf = (call: RecordedCall): string => call.headers["authorization"]?.replace("Bearer ", "") ?? "";
  const pool = (upstream: FakeUpstream): string => `[provider.pool]
type = openai-compatible
base_url = ${upstream.url}
api_keys = key-one, key-two, key-three
[routes]
* = pool
${scheduling}`;

  test.each([401, 403])(
    "F47 a key that is refused with %d is left out after one call, and nobody sees it",
    async (status) => {
      using upstream = new FakeUpstream((call) =>
        keyOf(call) === "key-two" ? failure(status, "bad key") : completion(),
      );
      await using gateway = await startGateway({ ini: pool(upstream) });
      for (let asked = 0; asked < 12; asked += 1) {
        // 401 is about the key, 403 may be about the model.
        const answer = await chat(gateway, { model: `model-${status === 401 ? asked % 3 : 0}` });
        expect([answer.status, await contentOf(answer)]).toEqual([200, "Hello there!"]);
      }
      const counts = Map.groupBy(upstream.calls.map(keyOf), (key) => key);
      expect(counts.get("key-two")?.length).toBe(1);
      expect(counts.get("key-one")?.length).toBeGreaterThanOrEqual(4);
      expect(counts.get("key-three")?.length).toBeGreaterThanOrEqual(4);
      for (const key of ["key-one", "key-two", "key-three"]) expect(gateway.output()).not.toContain(key);
    },
  );

  test("T-46 a key that has had enough (429) is left alone for its Retry-After, while the others answer", async () => {
    const tired = (call: RecordedCall): UpstreamScript =>
      keyOf(call) === "key-one" ? failure(429, "slow down", { "retry-after": "20" }) : completion();
    using upstream = new FakeUpstream(tired);
    await using gateway = await startGateway({ ini: pool(upstream) });
    for (let asked = 0; asked < 9; asked += 1) expect((await chat(gateway)).status).toBe(200);
    expect(upstream.calls.filter((call) => keyOf(call) === "key-one").length).toBe(1);
  });

  test("F47 when every key is refused the caller is told 502, and their words stay here", async () => {
    using upstream = new FakeUpstream(failure(401, "the key of account canary is revoked"));
    await using gateway = await startGateway({ ini: pool(upstream) });
    const answer = await chat(gateway);
    expect([answer.status, (await answer.text()).includes("canary")]).toEqual([502, false]);
  });
});

describe.each([on, ""])("T-46 one budget for all retries (%j)", (scheduling) => {
  test("fallbacks, retries and other keys together ask no more than twice what is left of the budget", async () => {
    using upstream = new FakeUpstream(failure(503));
    using next = new FakeUpstream(failure(503));
    await using gateway = await startGateway({
      ini: `[provider.a]
type = openai-compatible
base_url = ${upstream.url}
api_keys = one, two, three
[provider.b]
type = openai-compatible
base_url = ${next.url}
api_keys = four, five, six
[routes]
* = a, b
[gateway]
max_retries = 5
[circuit_breaker]
threshold = 0
failure_rate = 0
${scheduling}`,
    });
    const asked = 60;
    const answers = await Promise.all(Array.from({ length: asked }, () => chat(gateway)));
    for (const answer of answers) expect(answer.status).toBe(503);
    // Each call, each fallback to the other provider for nothing, and the budget: 3, a tenth of the calls, a fifth a second.
    const all = upstream.calls.length + next.calls.length;
    expect(all).toBeLessThanOrEqual(asked * 2 + 3 + asked / 10 + 2);
  });
});

import { expect, setDefaultTimeout, test } from "bun:test";
import { chat } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { startGateway } from "../../harness/gateway.ts";
import { metric } from "../../harness/queue.ts";
import { completion, failure } from "../../harness/upstream-script.ts";

setDefaultTimeout(60_000);

const scheduling = { off: "", on: "[scheduling]\nenabled = true\n" } as const;
const modes = ["off", "on"] as const;
const failures = [500, 502, 503, 529].flatMap((status) => modes.map((mode) => [status, mode] as const));

test.each(failures)(
  "F46 a provider that answers %d, scheduling %s: its breaker opens at the threshold, one trial at a time while half-open, closed by the first success",
  async (status, mode) => {
    using sick = new FakeUpstream(failure(status));
    using well = new FakeUpstream(completion());
    await using gateway = await startGateway({
      upstreams: { sick, well },
      ini: `[routes]\nboth = sick/m, well/m\n[circuit_breaker]\nthreshold = 3\ntimeout = 0.3\n${scheduling[mode]}`,
    });
    const state = () => metric(gateway, 'tokligence_circuit_breaker_state{deployment="sick/m"}');
    const ask = () => chat(gateway, { model: "both" });
    for (let calls = 1; calls <= 3; calls += 1) {
      expect((await state()) ?? 0).toBe(0);
      expect((await ask()).headers.get("x-tokligence-provider")).toBe("well");
      expect(sick.calls).toHaveLength(calls);
    }
    expect(await state()).toBe(1);
    const openedAtMs = performance.now();
    const crowd = await Promise.all(Array.from({ length: 30 }, ask));
    expect(crowd.every((answer) => answer.ok)).toBe(true);
    if (performance.now() - openedAtMs < 250) expect(sick.calls).toHaveLength(3);
    await eventually("it is half-open", async () => (await state()) === 2);
    sick.script({ ...failure(status), headDelayMs: 100 });
    const before = sick.calls.length;
    await Promise.all(Array.from({ length: 30 }, ask));
    expect(sick.calls).toHaveLength(before + 1);
    // The trial has failed: it stays open for twice as long.
    expect(await state()).toBe(1);
    sick.script(completion());
    await eventually("it is half-open again", async () => (await state()) === 2);
    expect((await ask()).headers.get("x-tokligence-provider")).toBe("sick");
    expect(await state()).toBe(0);
    expect((await ask()).headers.get("x-tokligence-provider")).toBe("sick");
  },
);

test.each(modes)(
  "F46 T-46 while all providers fail, scheduling %s, attempts stay within a tenth more than requests and three for each, and the first success ends it",
  async (mode) => {
    using one = new FakeUpstream(failure(503));
    using other = new FakeUpstream(failure(529));
    await using gateway = await startGateway({
      upstreams: { one, other },
      ini: `[routes]\nboth = one/m, other/m\n[circuit_breaker]\nthreshold = 0\nfailure_rate = 0\n${scheduling[mode]}`,
    });
    const requests = 200;
    const answers: Response[] = [];
    const startedAtMs = performance.now();
    for (let sent = 0; sent < requests; sent += 40) {
      answers.push(...(await Promise.all(Array.from({ length: 40 }, () => chat(gateway, { model: "both" })))));
    }
    const tookSeconds = (performance.now() - startedAtMs) / 1000;
    expect(answers.every(({ status }) => status >= 500)).toBe(true);
    // Moving on to the second provider is no retry; of those there may be a tenth, three, and one more each five seconds.
    const retries = one.calls.length + other.calls.length - 2 * requests;
    expect(retries).toBeGreaterThan(0);
    expect(retries).toBeLessThanOrEqual(requests / 10 + 3 + Math.ceil(tookSeconds / 5));
    one.script(completion());
    expect((await chat(gateway, { model: "both" })).status).toBe(200);
  },
);

test.each(modes)(
  "F46 T-46 a lone provider that is down, scheduling %s, is not hammered: a crowd gets 503 with Retry-After, and the first success brings all back",
  async (mode) => {
    using sick = new FakeUpstream(failure(503));
    await using gateway = await startGateway({
      upstreams: { sick },
      ini: `[routes]\ntest-model = sick\n[circuit_breaker]\nthreshold = 3\ntimeout = 20\n${scheduling[mode]}`,
    });
    for (let calls = 0; calls < 3; calls += 1) await chat(gateway);
    const breaker = 'tokligence_circuit_breaker_state{deployment="sick/test-model"}';
    expect(await metric(gateway, breaker)).toBe(1);
    sick.script({ ...failure(503), headDelayMs: 200 });
    const before = sick.calls.length;
    const crowd = await Promise.all(Array.from({ length: 50 }, () => chat(gateway)));
    const refused = crowd.filter(({ headers }) => headers.has("retry-after"));
    expect(new Set(crowd.map(({ status }) => status))).toEqual(new Set([503]));
    expect(refused.length).toBeGreaterThanOrEqual(45);
    for (const { headers } of refused) expect(Number(headers.get("retry-after"))).toBeWithin(1, 33);
    expect(sick.calls.length - before).toBeLessThanOrEqual(4);
    sick.script(completion());
    expect((await chat(gateway)).status).toBe(200);
    const back = await Promise.all(Array.from({ length: 20 }, () => chat(gateway)));
    expect(new Set(back.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await metric(gateway, breaker)).toBe(0);
  },
);

test.each(modes)(
  "a model with a key of its own that is refused, scheduling %s, shuts out nobody who asks for another of the same provider",
  async (mode) => {
    using bad = new FakeUpstream(failure(401));
    using good = new FakeUpstream(completion());
    const ini = `[provider.local.bad]\ntype = openai-compatible\nbase_url = ${bad.url}\napi_key = one\n[provider.local.good]
type = openai-compatible\nbase_url = ${good.url}\napi_key = other\n[provider.local]\nmodels = bad, good\n${scheduling[mode]}`;
    await using gateway = await startGateway({ ini });
    expect((await chat(gateway, { model: "bad" })).status).toBe(502);
    const crowd = await Promise.all(Array.from({ length: 20 }, () => chat(gateway, { model: "good" })));
    expect(new Set(crowd.map(({ status }) => status))).toEqual(new Set([200]));
    // The bad one is shut, and tried by one at a time.
    const others = await Promise.all(Array.from({ length: 20 }, () => chat(gateway, { model: "bad" })));
    expect(others.filter(({ status }) => status === 503).length).toBeGreaterThan(10);
  },
);

test.each(modes)(
  "a caller that asks for a model which the provider's key may not use, scheduling %s, shuts out nobody who asks for another",
  async (mode) => {
    using upstream = new FakeUpstream((call) => (call.json()["model"] === "forbidden" ? failure(403) : completion()));
    await using gateway = await startGateway({ upstreams: { upstream }, ini: scheduling[mode] });
    expect((await chat(gateway, { model: "forbidden" })).status).toBe(502);
    const crowd = await Promise.all(Array.from({ length: 20 }, () => chat(gateway)));
    expect(new Set(crowd.map(({ status }) => status))).toEqual(new Set([200]));
  },
);

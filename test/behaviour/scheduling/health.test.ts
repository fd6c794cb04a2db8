import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chat } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { HeldUpstream } from "../../harness/held-upstream.ts";
import { metric, queueOf } from "../../harness/queue.ts";
import { completion, failure } from "../../harness/upstream-script.ts";

setDefaultTimeout(30_000);

const scheduled = "[scheduling]\nenabled = true\n";
const ini = (timeout: string): string => `both = a/m, b/m
[gateway]
max_retries = 3
[circuit_breaker]
threshold = 3
timeout = ${timeout}
[provider.a.m]
max_concurrent = 5
[provider.b.m]
max_concurrent = 5
`;
const stateOf = (gateway: GatewayUnderTest, deployment = "a/m"): Promise<number | undefined> =>
  metric(gateway, `tokligence_circuit_breaker_state{deployment="${deployment}"}`);
const ask = async (gateway: GatewayUnderTest): Promise<string | null> => {
  const answer = await chat(gateway, { model: "both" });
  expect(answer.status).toBe(200);
  return answer.headers.get("x-tokligence-provider");
};

describe.each([scheduled, ""])("%j", (scheduling) => {
  test("TC-P1-CB-001 test_circuit_breaker: three failures in a row open it, and nobody asks that provider any more", async () => {
    using failing = new FakeUpstream(failure(500));
    using well = new FakeUpstream();
    await using gateway = await startGateway({ upstreams: { a: failing, b: well }, ini: ini("30") + scheduling });
    for (let asked = 1; asked <= 2; asked += 1) expect(await ask(gateway)).toBe("b");
    expect((await stateOf(gateway)) ?? 0).toBe(0);
    for (let asked = 3; asked <= 12; asked += 1) expect(await ask(gateway)).toBe("b");
    expect(failing.calls.length).toBe(3);
    expect(await stateOf(gateway)).toBe(1);
    expect(await metric(gateway, 'tokligence_circuit_breaker_transitions_total{deployment="a/m",state="open"}')).toBe(
      1,
    );
    const opened = await eventually("it is told", () => gateway.output().match(/circuit_opened/g) ?? undefined);
    expect(opened.length).toBe(1);
    expect((await stateOf(gateway, "b/m")) ?? 0).toBe(0);
  });

  test("TC-P1-CB-002 test_circuit_breaker: half-open after its time, one success closes it, one failure opens it again", async () => {
    using sick = new FakeUpstream(failure(500));
    using well = new FakeUpstream();
    await using gateway = await startGateway({ upstreams: { a: sick, b: well }, ini: ini("0.4") + scheduling });
    const opened = () => metric(gateway, 'tokligence_circuit_breaker_transitions_total{deployment="a/m",state="open"}');
    for (let asked = 1; asked <= 3; asked += 1) expect(await ask(gateway)).toBe("b");
    expect([sick.calls.length, await opened()]).toEqual([3, 1]);
    await eventually("it is half-open", async () => (await stateOf(gateway)) === 2);
    expect(await ask(gateway)).toBe("b");
    expect([sick.calls.length, await opened()]).toEqual([4, 2]);
    sick.script(completion());
    await eventually("it is half-open again", async () => (await stateOf(gateway)) === 2);
    expect(await ask(gateway)).toBe("a");
    expect(await stateOf(gateway)).toBe(0);
    for (let asked = 1; asked <= 3; asked += 1) expect(await ask(gateway)).toBe("a");
  });

  test("F46 a lone provider whose breaker is open is asked by one call at a time, and is back with its first answer", async () => {
    using sick = new HeldUpstream();
    await using gateway = await startGateway({
      upstreams: { a: sick },
      ini: `${scheduling}[gateway]\nmax_retries = 0\n[circuit_breaker]\nthreshold = 3\n[provider.a.m]\nmax_concurrent = 5\n`,
    });
    const model = "m";
    for (let asked = 0; asked < 3; asked += 1) {
      const failing = chat(gateway, { model });
      (await sick.call(asked)).refuse(500);
      expect((await failing).status).toBe(502);
    }
    expect(await stateOf(gateway)).toBe(1);
    const before = sick.calls.length;
    const trial = chat(gateway, { model });
    await sick.call(before);
    const others = await Promise.all([1, 2, 3].map(() => chat(gateway, { model })));
    expect(others.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(sick.calls.length).toBe(before + 1);
    sick.open();
    expect((await trial).status).toBe(200);
    expect(await stateOf(gateway)).toBe(0);
    expect((await chat(gateway, { model })).status).toBe(200);
  });
});

test("F45 a 429 is not ill health: it is left alone for its Retry-After, its rate falls, the breaker stays closed", async () => {
  using tired = new FakeUpstream(failure(429, "slow down", { "retry-after": "30" }));
  using well = new FakeUpstream();
  await using gateway = await startGateway({ upstreams: { a: tired, b: well }, ini: ini("30") + scheduled });
  for (let asked = 0; asked < 8; asked += 1) expect(await ask(gateway)).toBe("b");
  expect(tired.calls.length).toBe(1);
  expect((await stateOf(gateway)) ?? 0).toBe(0);
});

test("F45 what a provider says is left of its limits holds the next calls back, whatever is configured", async () => {
  using upstream = new FakeUpstream(
    { ...completion(), headers: { "x-ratelimit-remaining-requests": "0" } },
    completion("next"),
  );
  await using gateway = await startGateway({
    upstreams: { a: upstream },
    ini: `${scheduled}[provider.a.test-model]\nmax_rps = 1\n`,
  });
  const first = await chat(gateway);
  expect([first.status, first.headers.get("x-tokligence-queue-ms")]).toEqual([200, "0"]);
  const second = await chat(gateway);
  // A second brings the next request.
  expect(Number(second.headers.get("x-tokligence-queue-ms"))).toBeGreaterThan(100);
});

test("who waits for a provider when its breaker opens is not left waiting", async () => {
  using sick = new HeldUpstream();
  using well = new FakeUpstream();
  await using gateway = await startGateway({
    upstreams: { a: sick, b: well },
    ini: `both = a/m, b/m\n${scheduled}[circuit_breaker]\nthreshold = 1\n[provider.a.m]\nmax_concurrent = 1\n`,
  });
  const failing = chat(gateway, { model: "both" });
  await sick.call(0);
  const waiting = [chat(gateway, { model: "both" }), chat(gateway, { model: "both" })];
  await queueOf(gateway, 5, 2);
  sick.calls[0]?.refuse(500);
  for (const answer of await Promise.all([failing, ...waiting])) {
    expect([answer.status, answer.headers.get("x-tokligence-provider")]).toEqual([200, "b"]);
  }
  expect(sick.calls.length).toBe(1);
});

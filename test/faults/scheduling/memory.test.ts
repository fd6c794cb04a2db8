import { heapStats } from "bun:jsc";
import { expect, setDefaultTimeout, test } from "bun:test";
import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import { caller, limitsBench, refusalOf } from "#core/limits/limits-bench.test-data.ts";
import { ask, at, atOnce, bench, ended, refused } from "#core/admission/admission-bench.test-data.ts";
import { TokenExpectation } from "#core/admission/token-expectation.ts";
import { modelCall, testHealth } from "#core/test-gateway.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { stubProvider } from "#core/routing/stub-provider.ts";

setDefaultTimeout(60_000);

const half = 50_000;

function heapMebibytes(): number {
  Bun.gc(true);
  return heapStats().heapSize / 2 ** 20;
}

/** Does something so often, each time with another number, and as often again: the heap after may not be larger by more than this. */
function expectNoGrowth(act: (number: number) => void, atMostMebibytes = 4): void {
  for (let number = 0; number < half; number += 1) act(number);
  const before = heapMebibytes();
  for (let number = half; number < 2 * half; number += 1) act(number);
  expect(heapMebibytes() - before).toBeLessThan(atMostMebibytes);
}

const tenant = (number: number) => `t${number}`;

test.each([
  ["by a full queue", { maxQueued: 0 }, "queue_full"],
  ["by the wait that is foreseen", { maxQueued: 100 }, "predicted_wait"],
] as const)("a hundred thousand tenants that are turned away %s leave nothing behind", (_, rules, code) => {
  const levels = Array.from({ length: 10 }, () => ({ floorPermille: 0, weight: 1, waitBudgetUs: 0 }));
  const { admission, clock } = bench({ a: { concurrent: 1, requestsPerSecond: 1 } }, { ...rules, levels });
  const running = atOnce(admission.admit(ask()));
  if (code === "predicted_wait") void Promise.resolve(admission.admit(ask())).catch(() => undefined);
  expectNoGrowth((number) => {
    expect(refused(() => admission.admit(ask({ tenant: tenant(number), id: `r${number}` }))).code).toBe(code);
  });
  expect(admission.state()).toMatchObject({ inFlight: 1, queued: code === "predicted_wait" ? 1 : 0 });
  running.release(ended);
  expect(clock.pending).toBeLessThanOrEqual(1);
});

test("a hundred thousand tenants that are served once each are forgotten", () => {
  const { admission, clock } = bench({ a: { concurrent: 1 } });
  expectNoGrowth((number) => {
    clock.advance(1);
    atOnce(admission.admit(ask({ tenant: tenant(number) }))).release(ended);
  });
  expect(clock.pending).toBe(0);
});

test("a hundred thousand names of models that only a pattern takes make no hundred thousand deployments", () => {
  const { admission } = bench({ a: { concurrent: 1 } });
  expectNoGrowth((number) => {
    atOnce(admission.admit(ask({ to: [at("a", `m${number}`), at("b", `m${number}`)] }))).release(ended);
  });
  const { pools, inFlight } = admission.state();
  expect(inFlight).toBe(0);
  expect(pools.length).toBeLessThanOrEqual(1_010);
});

test("a hundred thousand callers that leave the queue leave nothing behind", async () => {
  const { admission, clock } = bench({ a: { concurrent: 1 } }, { maxQueued: 10 });
  const running = atOnce(admission.admit(ask()));
  let rejected = 0;
  expectNoGrowth((number) => {
    const leaving = new AbortController();
    const waits = admission.admit(ask({ tenant: tenant(number), id: `r${number}`, signal: leaving.signal }));
    if (!(waits instanceof Promise)) throw new Error("It does not wait.");
    waits.catch(() => {
      rejected += 1;
    });
    leaving.abort(new GatewayError("client_closed", "Left."));
  }, 60);
  await new Promise((resolve) => setImmediate(resolve));
  expect(rejected).toBe(2 * half);
  expect(admission.state()).toMatchObject({ queued: 0, queuedBytes: 0, inFlight: 1 });
  running.release(ended);
  expect(clock.pending).toBe(0);
});

test("a hundred thousand callers refused by their limits, and as many addresses, leave no more than is remembered of each limit", () => {
  const { limits } = limitsBench({ requestsPerHour: { key: 1, address: 1 }, tokensPerHour: { user: 1 } });
  expectNoGrowth((number) => {
    const principal = caller(
      { concurrent: 1 },
      { keyId: `key_${number}` as KeyId, userId: `usr_${number}` as UserId, tenantId: tenant(number) as TenantId },
    );
    const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
    const hold = limits.enter(principal, { address }, true);
    expect(refusalOf(() => limits.enter(principal, { address }, true))?.code).toBe("rate_limited");
    hold.settle({ tokens: undefined, refused: number % 2 === 0 });
  }, 12);
});

test("a hundred thousand models and tenants of which something is learned are forgotten again", () => {
  const expectation = new TokenExpectation();
  const { signal } = new AbortController();
  expectNoGrowth((number) => {
    const plain = modelCall(signal, `m${number}`);
    const call = { ...plain, principal: { ...plain.principal, tenantId: tenant(number) as TenantId } };
    expectation.learn(call, expectation.of(call), { inputTokens: 10, cachedTokens: 1, outputTokens: 7 });
  });
});

test("a hundred thousand deployments that fail are not all remembered", () => {
  const clock = new VirtualClock();
  const health = testHealth(clock);
  const provider = stubProvider("a");
  expectNoGrowth((number) => {
    health.failed({ provider, model: `m${number}` }, new GatewayError("upstream_error", "No."));
  });
  expect([...health.all()].length).toBeLessThanOrEqual(1_000);
  expect(clock.pending).toBeLessThanOrEqual(1_000);
});

import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { parseRoute } from "#core/routing/route-syntax.ts";
import { type Answer, stubProvider } from "#core/routing/stub-provider.ts";
import { bench, drain, failureOf, fails, goodAnswer, hangs, turn } from "#core/test-gateway.ts";

/** A provider that is down until told otherwise. */
function failing(code: Parameters<typeof fails>[0]) {
  const state = { down: true };
  const answer: Answer = (call) => (state.down ? fails(code)(call) : goodAnswer(call));
  return { state, answer };
}

test("F46 a pool goes on without a provider that is down, which is hardly asked meanwhile and taken back when it is well", async () => {
  const { state, answer } = failing("upstream_overloaded");
  const providers = [stubProvider("a", [], [answer]), stubProvider("b", [], [goodAnswer])] as const;
  const plan = new RoutePlan([parseRoute("m", "a | b")], providers);
  const { gateway, call, clock } = bench([], [], 2, { plan, providers });
  for (let request = 0; request < 600; request += 1) {
    expect(await drain(await gateway.open(call))).toBe("hi");
    clock.advance(100);
  }
  expect(providers[0].calls.length).toBeLessThanOrEqual(5 + 2);
  state.down = false;
  clock.advance(60_000);
  const before = providers[0].calls.length;
  for (let request = 0; request < 10; request += 1) await drain(await gateway.open(call));
  expect(providers[0].calls.length - before).toBe(5);
});

test("TC-P1-CB-001 (test_circuit_breaker) while a breaker is open its fallback answers alone, and the first trial brings it back", async () => {
  const { state, answer } = failing("upstream_error");
  const providers = [stubProvider("a", [], [answer]), stubProvider("b", [], [goodAnswer])] as const;
  const plan = new RoutePlan([parseRoute("m", "a, b")], providers);
  const { gateway, call, clock } = bench([], [], 2, { plan, providers });
  for (let request = 0; request < 50; request += 1) expect(await drain(await gateway.open(call))).toBe("hi");
  expect(providers[0].calls).toHaveLength(5);
  state.down = false;
  clock.advance(60_000);
  expect((await gateway.open(call)).provider).toBe("a");
});

test("when every pool of a route is out of order, the first is tried rather than nobody", async () => {
  const { state, answer } = failing("upstream_error");
  const providers = [stubProvider("a", [], [answer]), stubProvider("b", [], [fails("upstream_error")])] as const;
  const plan = new RoutePlan([parseRoute("m", "a, b")], providers);
  const { gateway, call } = bench([], [], 2, { plan, providers });
  for (let request = 0; request < 10; request += 1) await failureOf(gateway.open(call));
  state.down = false;
  expect(await drain(await gateway.open(call))).toBe("hi");
});

test("F46 a lone provider that was down for a minute is in use again with the first request after it is well", async () => {
  const { state, answer } = failing("upstream_error");
  const { gateway, call, clock, first, rows } = bench([answer]);
  const requests = 600;
  for (let request = 0; request < requests; request += 1) {
    expect(await failureOf(gateway.open(call))).toMatchObject({ code: "upstream_error" });
    clock.advance(100);
  }
  // The budget of retries: three, a tenth of the requests, and a fifth a second.
  expect(first.calls.length).toBeLessThanOrEqual(requests * 1.1 + 3 + 60 * 0.2);
  state.down = false;
  expect(await drain(await gateway.open(call))).toBe("hi");
  expect(rows.at(-1)).toMatchObject({ outcome: "finished" });
});

test("F46 a lone provider that is down is asked by one request at a time, the others are answered at once", async () => {
  const { gateway, call, first, leave } = bench([...Array<Answer>(5).fill(fails("upstream_timeout")), hangs], [], 0);
  for (let request = 0; request < 5; request += 1) await failureOf(gateway.open(call));
  const hanging = failureOf(gateway.open(call));
  await turn();
  for (let request = 0; request < 100; request += 1) {
    expect(await failureOf(gateway.open(call))).toMatchObject({ code: "no_capacity", status: 503 });
  }
  expect(first.calls).toHaveLength(6);
  leave(new GatewayError("client_closed", "gone"));
  await hanging;
});

test("F47 a refused key is out of use after one call: the other key answers everybody from then on", async () => {
  const keys = [
    { ...stubProvider("eu", [], [fails("upstream_auth")]), account: 1 },
    { ...stubProvider("eu", [], [goodAnswer]), account: 2 },
  ] as const;
  const plan = new RoutePlan([parseRoute("m", "eu")], keys);
  const { gateway, call, log, rows } = bench([], [], 2, { plan, providers: keys });
  for (let request = 0; request < 20; request += 1) {
    expect(await drain(await gateway.open(call))).toBe("hi");
  }
  expect([keys[0].calls.length, keys[1].calls.length]).toEqual([1, 20]);
  expect(log.events.filter((event) => event === "credentials_refused")).toHaveLength(1);
  expect(rows[0]).toMatchObject({ outcome: "finished", attempts: 2 });
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { type ErrorCode, GatewayError } from "#core/errors.ts";
import type { GatewayParts } from "#core/gateway.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { parseRoute } from "#core/routing/route-syntax.ts";
import { type Decision, ScriptedAdmission } from "#core/routing/scripted-admission.test-data.ts";
import { type Answer, stubProvider } from "#core/routing/stub-provider.ts";
import type { AdmissionAsk, Lease } from "#core/admission/admission.ts";
import {
  bench,
  drain,
  failureOf,
  fails,
  goodAnswer,
  hangs,
  hangsAfter,
  plays,
  said,
  turn,
} from "#core/test-gateway.ts";

const refusal = (code: ErrorCode) => new GatewayError(code, code, { retryAfterMs: 7000 });
const zero = { inputTokens: 0, cachedTokens: 0, outputTokens: 0 };

/** A gateway over scripted providers behind one route. */
function scene(
  route: string,
  answers: Readonly<Record<string, Answer[]>>,
  admission: ScriptedAdmission,
  more: Partial<GatewayParts> = {},
) {
  const providers = Object.entries(answers).map(([name, given]) => stubProvider(name, [], given));
  const plan = new RoutePlan([parseRoute("m", route)], providers);
  return { ...bench([], [], 2, { admission, plan, providers, ...more }), admission, providers };
}

test("all deployments of a pool are offered together, and the lease names the one", async () => {
  const admission = new ScriptedAdmission((ask, give) => give(ask.candidates[1]));
  const { gateway, call, rows } = scene("a | b | c, d", { a: [], b: [goodAnswer], c: [], d: [] }, admission);
  const reply = await gateway.open(call);
  expect([reply.provider, await drain(reply)]).toEqual(["b", "hi"]);
  expect(admission.offers).toEqual([["a/m", "b/m", "c/m"]]);
  expect(admission.asks[0]).toMatchObject({ call, level: 5, giveUpAtMs: 10_000 });
  expect(rows).toMatchObject([{ provider: "b", attempts: 1, queueMs: 0 }]);
});

test("a refusal of admission leads to the next pool: no attempt, no retry", async () => {
  const admission = new ScriptedAdmission((ask, give) =>
    ask.candidates[0]?.pool === 0 ? refusal("predicted_wait") : give(ask.candidates[0]),
  );
  const { gateway, call, rows } = scene("a | b, c", { a: [], b: [], c: [goodAnswer] }, admission);
  expect(await drain(await gateway.open(call))).toBe("hi");
  expect(admission.offers).toEqual([["a/m", "b/m"], ["c/m"]]);
  expect(rows).toMatchObject([{ provider: "c", attempts: 1, outcome: "finished" }]);
});

test("refused by every pool, the caller is told the last refusal and when to come back", async () => {
  const codes: ErrorCode[] = ["queue_full", "no_capacity"];
  const admission = new ScriptedAdmission(() => refusal(codes[admission.asks.length - 1] ?? "internal"));
  const { gateway, call, rows } = scene("a, b", { a: [], b: [] }, admission);
  expect(await failureOf(gateway.open(call))).toMatchObject({ code: "no_capacity", retryAfterMs: 7000 });
  expect(rows).toMatchObject([{ errorCode: "no_capacity", httpStatus: 503, attempts: 0, outcome: "failed" }]);
});

test("a pool that is too short does not hide that another was only busy", async () => {
  const codes: ErrorCode[] = ["predicted_wait", "context_length_exceeded"];
  const admission = new ScriptedAdmission(() => refusal(codes[admission.asks.length - 1] ?? "internal"));
  const { gateway, call } = scene("a, b", { a: [], b: [] }, admission);
  expect(await failureOf(gateway.open(call))).toMatchObject({ code: "predicted_wait", status: 503 });
});

test("a refusal after a failed attempt hides nothing: the failure is what the caller is told", async () => {
  const admission = new ScriptedAdmission((ask, give) =>
    admission.asks.length === 1 ? give(ask.candidates[0]) : refusal("queue_full"),
  );
  const { gateway, call } = scene("a, b", { a: [fails("upstream_timeout")], b: [] }, admission);
  expect(await failureOf(gateway.open(call))).toMatchObject({ code: "upstream_timeout" });
});

test("what admission itself does not survive is no reason to go on", async () => {
  const admission = new ScriptedAdmission(() => refusal("internal"));
  const { gateway, call } = scene("a, b", { a: [], b: [] }, admission);
  expect(await failureOf(gateway.open(call))).toMatchObject({ code: "internal" });
  expect(admission.offers).toHaveLength(1);
});

test("after a failure the rest of its pool is offered, then the next pool; each with the call as it arrived", async () => {
  const admission = new ScriptedAdmission();
  const answers = { a: [fails("upstream_error")], b: [fails("upstream_timeout")], c: [goodAnswer] };
  const { gateway, call, rows } = scene("a | b, c", answers, admission);
  expect(await drain(await gateway.open(call))).toBe("hi");
  expect(admission.offers).toEqual([["a/m", "b/m"], ["b/m"], ["c/m"]]);
  expect(admission.asks.map((ask) => ask.call.receivedAt)).toEqual([0, 0, 0]);
  expect(admission.leases.map(({ ends }) => ends)).toEqual([
    [{ tokens: zero, sent: true }],
    [{ tokens: undefined, sent: true }],
    [{ tokens: { inputTokens: 10, cachedTokens: 0, outputTokens: 4 }, sent: true }],
  ]);
  expect(rows).toMatchObject([{ attempts: 3 }]);
});

test("what a provider was never sent is given back whole", async () => {
  const admission = new ScriptedAdmission();
  const answers = { a: [fails("unsupported_value")], b: [fails("upstream_unavailable")], c: [goodAnswer] };
  const { gateway, call } = scene("a, b, c", answers, admission);
  await drain(await gateway.open(call));
  expect(admission.leases.map(({ ends }) => ends[0]?.sent)).toEqual([false, false, true]);
});

test("F45 a 429 is told to whoever gave the capacity, with the provider's own Retry-After", async () => {
  const admission = new ScriptedAdmission();
  const answers = { a: [fails("upstream_rate_limited", { retryAfterMs: 9000 })], b: [goodAnswer] };
  const { gateway, call } = scene("a, b", answers, admission);
  await drain(await gateway.open(call));
  expect(admission.leases.map(({ pausesMs }) => pausesMs)).toEqual([[9000], []]);
});

test("what a provider says of its limits, and when its first content came, reaches whoever gave the capacity", async () => {
  const admission = new ScriptedAdmission();
  const { gateway, call, clock, providers } = scene("a", { a: [goodAnswer] }, admission);
  const [first] = providers;
  if (first === undefined) throw new Error("A provider is expected.");
  const { call: ask } = first;
  Object.assign(first, {
    call: async (given: Parameters<typeof ask>[0]) => {
      clock.advance(250);
      return { ...(await ask(given)), limits: { tokens: { remaining: 40 } } };
    },
  });
  await drain(await gateway.open(call));
  expect(admission.leases[0]).toMatchObject({ limits: [{ tokens: { remaining: 40 } }], firstContentsMs: [250] });
});

test("while a long answer streams, what it has produced is reported about every 256 tokens", async () => {
  const admission = new ScriptedAdmission();
  const { gateway, call } = scene("a", { a: [plays(...Array(100).fill(said("x".repeat(36))))] }, admission);
  await drain(await gateway.open(call));
  expect(admission.leases[0]?.reports).toEqual([260, 520, 780]);
});

test("the wait in the queue is in the reply and in the row, and is none of the provider's time", async () => {
  const waiting = Promise.withResolvers<Lease>();
  const admission = new ScriptedAdmission(() => waiting.promise);
  const { gateway, call, clock, rows } = scene("a", { a: [goodAnswer] }, admission);
  const opening = gateway.open(call);
  await turn();
  expect(gateway.waiting(call.requestId)).toEqual({ position: 3, expectedWaitMs: 1200 });
  clock.advance(1500);
  waiting.resolve(admission.give(admission.asks[0]?.candidates[0], 1500, 4));
  const reply = await opening;
  expect(reply).toMatchObject({ queueMs: 1500, queuePosition: 4, upstreamMs: 0 });
  await drain(reply);
  expect(rows).toMatchObject([{ queueMs: 1500, latencyMs: 1500 }]);
});

test("a call refused after a wait says in its row how long it was", async () => {
  const waiting = Promise.withResolvers<Lease>();
  const admission = new ScriptedAdmission(() => waiting.promise);
  const { gateway, call, clock, rows } = scene("a", { a: [] }, admission);
  const failed = failureOf(gateway.open(call));
  await turn();
  clock.advance(800);
  waiting.reject(refusal("queue_timeout"));
  expect(await failed).toMatchObject({ code: "queue_timeout" });
  expect(rows).toMatchObject([{ queueMs: 800, attempts: 0, errorCode: "queue_timeout" }]);
});

test("nobody is queued beyond the caller's deadline, the patience of its SDK or the request's timeout", async () => {
  const admission = new ScriptedAdmission(() => refusal("predicted_wait"));
  const { gateway, call } = scene("a", { a: [] }, admission);
  const asked = [
    {},
    { deadlineMs: 3000 },
    { deadlineMs: 90_000 },
    { patienceMs: 4000 },
    { deadlineMs: 5000, patienceMs: 2 },
  ];
  for (const wishes of asked) await failureOf(gateway.open({ ...call, ...wishes }));
  expect(admission.asks.map(({ giveUpAtMs }) => giveUpAtMs)).toEqual([10_000, 3000, 10_000, 4000, 2]);
});

test("T-30 F22 a caller that leaves while its lease is on its way gives it back, and nobody is asked", async () => {
  const waiting = Promise.withResolvers<Lease>();
  const admission = new ScriptedAdmission(() => waiting.promise);
  const { gateway, call, leave, rows, providers } = scene("a, b", { a: [goodAnswer], b: [goodAnswer] }, admission);
  const failed = failureOf(gateway.open(call));
  await turn();
  leave(new GatewayError("client_closed", "gone"));
  waiting.resolve(admission.give(admission.asks[0]?.candidates[0], 5));
  expect(await failed).toMatchObject({ code: "client_closed" });
  expect(admission.leases[0]?.ends).toEqual([{ tokens: undefined, sent: false }]);
  expect(providers.map(({ calls }) => calls.length)).toEqual([0, 0]);
  expect(rows).toMatchObject([{ outcome: "aborted", attempts: 0 }]);
});

const behaviours: Readonly<Record<string, Answer>> = {
  good: goodAnswer,
  hangs,
  half: hangsAfter(said("half")),
  cut: async function* (given) {
    yield* plays(said("half"))(given);
    yield* fails("upstream_truncated")(given);
  },
  ...Object.fromEntries(
    (
      ["upstream_error", "upstream_rate_limited", "upstream_auth", "upstream_rejected", "unsupported_value"] as const
    ).map((code) => [code, fails(code)]),
  ),
};

const story = fc.record({
  answers: fc.array(fc.constantFrom(...Object.keys(behaviours)), { minLength: 3, maxLength: 3 }),
  admissions: fc.array(fc.constantFrom("now", "later", "refused"), { minLength: 1, maxLength: 6 }),
  ending: fc.constantFrom("drained", "left", "returned"),
});

test("T-30 whatever happens, every lease is released exactly once and the limits are settled exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ answers, admissions, ending }) => {
      const decide = (
        ask: AdmissionAsk,
        give: (candidate: AdmissionAsk["candidates"][0] | undefined) => Lease,
      ): Decision => {
        const how = admissions[(admission.asks.length - 1) % admissions.length];
        if (how === "refused") return refusal("queue_full");
        return how === "now" ? give(ask.candidates[0]) : turn().then(() => give(ask.candidates[0]));
      };
      const admission = new ScriptedAdmission(decide);
      const [a = goodAnswer, b = goodAnswer, c = goodAnswer] = answers.map((name) => behaviours[name] ?? goodAnswer);
      const { gateway, call, clock, leave, rows } = scene("a | b, c", { a: [a], b: [b], c: [c] }, admission);
      let settled = 0;
      const settle = (): void => {
        settled += 1;
      };
      const limits = { ...call.limits, settle };
      const opening = gateway.open({ ...call, limits }).then(
        async (reply) => {
          if (ending !== "returned") return await failureOf(drain(reply));
          await reply.pieces.next();
          return await reply.pieces.return();
        },
        () => undefined,
      );
      for (let second = 0; second < 12; second += 1) {
        await turn();
        if (second === 1 && ending === "left") leave(new GatewayError("client_closed", "gone"));
        clock.advance(second < 10 ? 1000 : 60_000);
      }
      await opening;
      expect(admission.leases.map(({ ends }) => ends.length)).toEqual(admission.leases.map(() => 1));
      expect([rows.length, settled]).toEqual([1, 1]);
    }),
    { numRuns: 150 },
  );
});

test("R1 T-46 when every provider fails for everybody, retries are at most a tenth of the requests and three", async () => {
  const keys = [1, 2, 3].map((account) => ({ ...stubProvider("a", [], [fails("upstream_rate_limited")]), account }));
  const providers = [...keys, stubProvider("b", [], [fails("upstream_overloaded")])];
  const plan = new RoutePlan([parseRoute("m", "a, b")], providers);
  const admission = new ScriptedAdmission();
  const { gateway, call } = bench([], [], 5, { admission, plan, providers });
  const requests = 300;
  for (let request = 0; request < requests; request += 1) await failureOf(gateway.open(call));
  const fallbacks = requests;
  expect(admission.leases.length - requests - fallbacks).toBeLessThanOrEqual(requests * 0.1 + 3);
});

test("T-46 F46 when the budget has nothing left for another key, the provider behind it is asked for nothing", async () => {
  const keys = [1, 2].map((account) => ({ ...stubProvider("a", [], [fails("upstream_overloaded")]), account }));
  const providers = [...keys, stubProvider("b", [], [goodAnswer])];
  const plan = new RoutePlan([parseRoute("m", "a, b")], providers);
  const { gateway, call } = bench([], [], 5, { admission: new ScriptedAdmission(), plan, providers });
  for (let request = 0; request < 20; request += 1) expect(await drain(await gateway.open(call))).toBe("hi");
});

import { expect, setDefaultTimeout, test } from "bun:test";
import { nullMeter } from "#core/effects/null-meter.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { RequestId } from "#core/effects/ids.ts";
import { type ErrorCode, toGatewayError } from "#core/errors.ts";
import { RetryBudget } from "#core/routing/retry-budget.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { parseRoute } from "#core/routing/route-syntax.ts";
import { type Answer, stubProvider } from "#core/routing/stub-provider.ts";
import { AdaptiveCeilings } from "#core/admission/adaptive-ceilings.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { ScheduledAdmission } from "#core/admission/scheduled-admission.ts";
import { Scheduler } from "#core/scheduler/scheduler.ts";
import { SchedulingMeter } from "#core/admission/scheduling-meter.ts";
import { Topology } from "#core/admission/topology.ts";
import { bench, drain, end, finish, said, testHealth, usage } from "#core/test-gateway.ts";

setDefaultTimeout(60_000);

const ceiling = 40;
const perSecond = 40;

const rules: SchedulingRules = {
  capacityModel: "simple",
  policy: "hybrid",
  levels: Array.from({ length: 10 }, (_, level) => ({
    floorPermille: level === 0 ? 0 : 10,
    weight: 1,
    waitBudgetUs: 2_000_000,
  })),
  maxAgeUs: 60_000_000,
  queueTimeoutUs: 10_000_000,
  maxQueued: 2_000,
  tenantSharePermille: 1_000,
  maxQueuedBytes: 1_000_000,
  costPermille: { input: 1000, cached: 100, output: 4000 },
  probes: 1,
};

/** The whole core over one provider whose latency a test decides, adaptive limits on, time virtual. */
function scene() {
  const clock = new VirtualClock();
  const random = new SequenceRandom(53);
  const seen = { inFlight: 0, mostInFlight: 0, answered: 0, refused: new Map<ErrorCode, number>() };
  let latencyMs = (): number => 200 + 100 * random.uniform();
  const slowly: Answer = async function* () {
    seen.inFlight += 1;
    seen.mostInFlight = Math.max(seen.mostInFlight, seen.inFlight);
    try {
      await new Promise<void>((resolve) => clock.after(latencyMs(), resolve));
    } finally {
      seen.inFlight -= 1;
    }
    for (const event of [said("hi"), finish, usage, end]) yield { events: [event] };
  };
  const provider = stubProvider("a", [], [slowly]);
  const route = parseRoute("m", "a");
  const capacity = {
    name: "a",
    keys: 1,
    models: [],
    limits: {},
    modelLimits: new Map([["m", { concurrent: ceiling }]]),
  };
  const admission = new ScheduledAdmission({
    scheduler: new Scheduler(rules),
    topology: new Topology([route], [capacity]),
    health: testHealth(clock),
    meter: new SchedulingMeter(nullMeter, 10),
    clock,
    levels: 10,
    countsTokens: false,
    ceilings: new AdaptiveCeilings(clock),
  });
  const { gateway, call } = bench([], [], 2, {
    admission,
    budget: new RetryBudget(clock),
    clock,
    limits: { requestTimeoutMs: 30_000, maxRetries: 2, providerTimeoutMs: new Map() },
    plan: new RoutePlan([route], [provider]),
    providers: [provider],
  });
  let offered = 0;
  const ask = async (): Promise<void> => {
    offered += 1;
    try {
      const id = `req_${offered}` as RequestId;
      await drain(await gateway.open({ ...call, requestId: id, receivedAt: clock.monotonic() }));
      seen.answered += 1;
    } catch (thrown) {
      const { code } = toGatewayError(thrown);
      seen.refused.set(code, (seen.refused.get(code) ?? 0) + 1);
    }
  };
  return {
    seen,
    provider,
    random,
    clock,
    /** So many seconds of steady arrivals; the limit after them. */
    async run(seconds: number, rate = perSecond): Promise<number> {
      for (let sent = 0; sent < seconds * rate; sent += 1) {
        void ask();
        await clock.run(1_000 / rate);
      }
      const [pool] = admission.state().pools;
      return pool?.deployments[0]?.ceiling ?? Number.NaN;
    },
    slow: (next: () => number) => {
      latencyMs = next;
    },
    state: () => admission.state(),
    offered: () => offered,
  };
}

test("F53 a provider that turns slow and jittery is asked by fewer at once, without a storm, and by as many as before once it is well", async () => {
  const { clock, offered, provider, random, run, seen, slow, state } = scene();
  const before = await run(60);
  expect(seen.refused.size).toBe(0);
  expect(seen.answered).toBeGreaterThan(60 * perSecond - 20);
  slow(() => 1_000 + 2_000 * random.uniform());
  seen.mostInFlight = 0;
  const during = await run(40);
  expect(during).toBeLessThan(before / 2);
  expect(seen.mostInFlight).toBeLessThanOrEqual(ceiling);
  // Whoever is turned away is told so at once, and nobody is asked twice for it.
  expect([...seen.refused.keys()].filter((code) => code !== "predicted_wait" && code !== "queue_timeout")).toEqual([]);
  expect(provider.calls.length).toBeLessThanOrEqual(offered());
  const refusedDuring = [...seen.refused.values()].reduce((sum, count) => sum + count, 0);
  slow(() => 200 + 100 * random.uniform());
  await run(30);
  const refusedSince = [...seen.refused.values()].reduce((sum, count) => sum + count, 0) - refusedDuring;
  // What recovery itself costs is a few seconds of arrivals.
  expect(refusedSince).toBeLessThan(10 * perSecond);
  const after = await run(60);
  // Of what nobody needs it may keep back some: ten run at once.
  expect(after).toBeGreaterThanOrEqual(20);
  const settled = seen.answered;
  await run(10);
  expect(seen.answered - settled).toBeGreaterThan(10 * perSecond - 20);
  await clock.run(60_000);
  expect(seen.answered + [...seen.refused.values()].reduce((sum, count) => sum + count, 0)).toBe(offered());
  expect(provider.calls).toHaveLength(seen.answered);
  expect(state()).toMatchObject({ inFlight: 0, queued: 0 });
});

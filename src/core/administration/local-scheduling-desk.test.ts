import { describe, expect, test } from "bun:test";
import { explanationSchema, routeViewSchema } from "#core/api/explanation.ts";
import { schedulerStatusSchema } from "#core/api/scheduling.ts";
import { timeRulesViewSchema } from "#core/api/time-rules.ts";
import { silentLog } from "#core/effects/recording-log.ts";
import { rootPrincipal } from "#core/identity/principal.ts";
import { ask } from "#core/admission/admission-bench.test-data.ts";
import { TimeRuleKeeper } from "#core/time-rules/time-rule-keeper.ts";
import { failureOf } from "#core/test-gateway.ts";
import { deskBench } from "#core/administration/scheduling-desk-bench.test-data.ts";

describe("what would become of a call", () => {
  test("is told by the scheduler itself, for who calls, at each pool, and the shape is kept", async () => {
    const { desk } = deskBench();
    const view = await desk.explain({ model: "m", key: "key_1", input_tokens: 100, output_tokens: 50 }, rootPrincipal);
    expect(explanationSchema.parse(view)).toEqual(view);
    expect(view).toMatchObject({
      route: "m",
      scheduled: true,
      tenant: "team_1",
      priority: 8,
      level: "P8 Bulk",
      input_tokens: 100,
      output_tokens: 50,
      outcome: "dispatch",
      deployment: "a/m",
      pools: [
        { deployments: ["a/m"], outcome: "dispatch" },
        { deployments: ["b/m"], outcome: "refuse", reason: "no_capacity" },
      ],
    });
  });

  test("when everything is taken is to wait behind those before it", async () => {
    const { desk, admission } = deskBench();
    for (const id of ["req_1", "req_2", "req_3"]) void admission.admit(ask({ id, level: 2 }));
    expect(await desk.explain({ model: "m", tier: "standard" }, rootPrincipal)).toMatchObject({
      outcome: "queue",
      position: 1,
      level: "P5 Normal",
      wait_limit_ms: expect.any(Number),
    });
    expect(await desk.explain({ model: "m", priority: "Critical" }, rootPrincipal)).toMatchObject({
      outcome: "queue",
      position: 0,
    });
  });

  test("under pressure is to be turned away, and the status says so", async () => {
    const { desk, under } = deskBench();
    under.press(800, 1);
    expect(await desk.explain({ model: "m", tier: "bulk" }, rootPrincipal)).toMatchObject({
      outcome: "refuse",
      reason: "overloaded",
    });
    expect(await desk.explain({ model: "m", tier: "standard" }, rootPrincipal)).toMatchObject({ outcome: "dispatch" });
    expect(await desk.status()).toMatchObject({ degraded: ["shed_worst"] });
    under.press(0, 8, 2_000);
    expect(await desk.explain({ model: "m", tier: "internal" }, rootPrincipal)).toMatchObject({ reason: "overloaded" });
  });

  test.each(["on", "off"])("is to be turned away where no row can be written, scheduling being %s", async (said) => {
    const { desk, under } = deskBench(said === "off" ? { scheduler: undefined } : {});
    under.stores = { keys: "all", rows: "nowhere" };
    const status = await desk.status();
    expect(schedulerStatusSchema.parse(status)).toEqual(status);
    expect(status).toMatchObject({ enabled: said === "on", degraded: ["refuse_new"] });
    const refused = { outcome: "refuse", reason: "overloaded" };
    expect(await desk.explain({ model: "m" }, rootPrincipal)).toMatchObject({ ...refused, pools: [refused, refused] });
    under.stores = { keys: "all", rows: "books" };
    expect(await desk.status()).toMatchObject({ degraded: [] });
    expect(await desk.explain({ model: "m" }, rootPrincipal)).toMatchObject({ outcome: "dispatch" });
  });

  test("passes over a pool that is wholly out of order, also under pressure", async () => {
    const { desk, health, under } = deskBench();
    health.set("b/m", "open");
    const first = { deployments: ["b/m"], outcome: "refuse", reason: "no_capacity" };
    for (const load of [0, 900]) {
      under.press(load, 2);
      const view = await desk.explain({ model: "back" }, rootPrincipal);
      expect(view).toMatchObject({ outcome: "dispatch", deployment: "a/m", pools: [first, { outcome: "dispatch" }] });
    }
  });

  test("is what really becomes of it", async () => {
    const { desk, admission } = deskBench();
    for (let round = 0; round < 4; round += 1) {
      const { outcome, position } = await desk.explain(
        {
          model: "m",
          priority: 5,
          input_tokens: 10,
          output_tokens: 10,
        },
        rootPrincipal,
      );
      const answer = admission.admit(ask({ id: `req_${round}`, tenant: "local" }));
      expect(outcome).toBe(answer instanceof Promise ? "queue" : "dispatch");
      if (answer instanceof Promise) expect(admission.placeOf(`req_${round}`)?.position).toBe(position);
    }
  });

  test("changes nothing and calls nobody, and takes nobody's turn", async () => {
    const { desk, admission, plan, providers } = deskBench();
    for (const id of ["req_1", "req_2", "req_3"]) void admission.admit(ask({ id }));
    // What nobody has asked for yet becomes known by it.
    await desk.explain({ model: "spread" }, rootPrincipal);
    const before = admission.state();
    const untouched = deskBench().plan;
    for (let asked = 0; asked < 7; asked += 1) {
      for (const model of ["m", "spread"]) {
        await desk.explain({ model }, rootPrincipal);
        await desk.explainRoute({ model });
      }
      await desk.status();
      const [next, expected] = [plan, untouched].map((one) => one.deployments("spread").map((d) => d.provider.name));
      expect(next).toEqual(expected ?? []);
    }
    expect(admission.state()).toEqual(before);
    for (const { calls } of providers) expect(calls).toEqual([]);
  });

  test("is a refusal where the key may not, the context is too short, or nobody speaks its protocol", async () => {
    const { desk } = deskBench();
    const outcomeOf = async (input: Parameters<typeof desk.explain>[0]) => {
      const { outcome, reason } = await desk.explain(input, rootPrincipal);
      return [outcome, reason];
    };
    expect(await outcomeOf({ model: "c-1", key: "key_1" })).toEqual(["refuse", "permission_denied"]);
    expect(await outcomeOf({ model: "m", key: "key_old" })).toEqual(["refuse", "unauthenticated"]);
    expect(await outcomeOf({ model: "c-1" })).toEqual(["refuse", "unsupported_value"]);
    expect(await outcomeOf({ model: "c-1", protocol: "anthropic-messages" })).toEqual(["dispatch", null]);
    const long = await desk.explain({ model: "m", input_tokens: 4_000, output_tokens: 2_000 }, rootPrincipal);
    expect(long.pools[0]).toMatchObject({ outcome: "refuse", reason: "context_length_exceeded" });
  });

  test("a key is bounded as it is, and what makes no sense is refused by name", async () => {
    const { desk } = deskBench();
    expect(await desk.explain({ model: "m", key: "key_1", priority: 0 }, rootPrincipal)).toMatchObject({ priority: 6 });
    const refusals: [Parameters<typeof desk.explain>[0], string][] = [
      [{ model: "nothing" }, "model_not_found"],
      [{ model: "gone" }, "model_not_found"],
      [{ model: "m", key: "key_2" }, "not_found"],
      [{ model: "m", priority: "urgentest" }, "invalid_request"],
      [{ model: "m", key: "key_1", tier: "bulk" }, "invalid_request"],
      [{ model: "m", protocol: "grpc" }, "invalid_request"],
    ];
    for (const [input, code] of refusals)
      expect(await failureOf(desk.explain(input, rootPrincipal))).toMatchObject({ code });
  });

  test("without a scheduler is to go at once to the first that is healthy", async () => {
    const { desk, health } = deskBench({ scheduler: undefined });
    expect(await desk.explain({ model: "m" }, rootPrincipal)).toMatchObject({
      scheduled: false,
      outcome: "dispatch",
      deployment: "a/m",
    });
    health.set("a/m", "open");
    expect(await desk.explain({ model: "m" }, rootPrincipal)).toMatchObject({ outcome: "dispatch", deployment: "b/m" });
    health.set("b/m", "open");
    expect(await desk.explain({ model: "m" }, rootPrincipal)).toMatchObject({ outcome: "dispatch", deployment: "b/m" });
    expect(await desk.status()).toMatchObject({
      enabled: false,
      message: expect.stringContaining("scheduling.enabled"),
    });
  });
});

test("a route is told with its pools, lanes, limits, health and prices", async () => {
  const { desk, health } = deskBench();
  health.set("b/m", "half-open");
  const view = await desk.explainRoute({ model: "m" });
  expect(routeViewSchema.parse(view)).toEqual(view);
  expect(view.pools.flat()).toEqual([
    {
      deployment: "a/m",
      provider: "a",
      type: "stub",
      model: "m",
      weight: 1,
      protocol: "openai-chat",
      lane: "passthrough",
      health: "closed",
      capacity: [{ id: "a/m", max_tokens_per_sec: null, max_rps: null, max_concurrent: 2, max_context_length: null }],
      price: { input_usd: "2.5", output_usd: "10" },
    },
    expect.objectContaining({ deployment: "b/m", health: "half-open", capacity: [] }),
  ]);
  expect(view.pool_weights).toBeNull();
  expect(await desk.explainRoute({ model: "spread" })).toMatchObject({ pool_weights: [3, 1] });
  const other = await desk.explainRoute({ model: "c-9" });
  expect(other).toMatchObject({
    route: "c-*",
    pools: [[{ deployment: "c/c-9", protocol: null, lane: null, price: null }]],
  });
});

test("the status names levels, and tells of queues, tenants and refusals in whole units", async () => {
  const { desk, admission, clock } = deskBench();
  for (const id of ["req_1", "req_2", "req_3"]) void admission.admit(ask({ id, level: 9, tenant: "team" }));
  clock.advance(1_500);
  const status = await desk.status();
  expect(schedulerStatusSchema.parse(status)).toEqual(status);
  if (!status.enabled) throw new Error("It is off.");
  expect(status).toMatchObject({ policy: "strict", priority_levels: 10, queued: 1, in_flight: 2, time_rules: [] });
  const pool = status.pools.find(({ deployments }) => deployments.some(({ id }) => id === "a/m"));
  expect(pool?.levels.at(-1)).toMatchObject({ priority: 9, level: "P9 Background", queued: 1, oldest_ms: 1_500 });
  expect(pool?.tenants).toEqual([{ tenant: "team", queued: 1, in_flight: 2 }]);
});

test("rules by time of day are told in the words of their file", async () => {
  const { clock, desk } = deskBench();
  expect(await desk.timeRules()).toMatchObject({ enabled: false });
  const keeper = new TimeRuleKeeper({
    clock,
    log: silentLog,
    checkIntervalMs: 60_000,
    fileCheckIntervalMs: 60_000,
    limiter: { setQuotaRules: () => undefined },
    read: () => ({
      problems: [],
      rules: [
        {
          name: "night",
          kind: "quota",
          quotas: [],
          enabled: true,
          window: { startMinute: 1_320, endMinute: 390, days: [6, 7], timezone: "Asia/Singapore" },
        },
      ],
    }),
  });
  const { audited, desk: ruled } = deskBench({ timeRules: { keeper, file: "/etc/time-rules.ini" } });
  const asker = { principal: rootPrincipal, requestId: "req_1" };
  const view = await ruled.reloadTimeRules(asker);
  const target = { kind: "time_rules", id: "*" };
  expect(audited).toMatchObject([{ action: "reloadTimeRules", actor: { kind: "root" }, target, requestId: "req_1" }]);
  expect(timeRulesViewSchema.parse(view)).toEqual(view);
  expect(view).toMatchObject({
    enabled: true,
    file: "/etc/time-rules.ini",
    rules: [{ name: "night", type: "quota_adjustment", active: false, window: "22:00-06:30 Sat Sun Asia/Singapore" }],
  });
  await keeper.stop();
});

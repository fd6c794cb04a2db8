import { LocalSchedulingDesk, type SchedulingDeskParts } from "#core/administration/local-scheduling-desk.ts";
import type { AuditRecord } from "#core/audit/audit-record.ts";
import type { KeyId, TenantId } from "#core/effects/ids.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import { apiKey, user as ada } from "#core/identity/identity-scene.test-data.ts";
import type { User } from "#core/identity/user.ts";
import { wholePrice } from "#core/ledger/money.ts";
import { RoutePlan } from "#core/routing/route-plan.ts";
import { parseRoute } from "#core/routing/route-syntax.ts";
import { stubProvider } from "#core/routing/stub-provider.ts";
import { bench, rules } from "#core/admission/admission-bench.test-data.ts";
import { SheddingAdmission } from "#core/admission/shedding-admission.ts";
import { ladderScene } from "#core/degradation/ladder-scene.test-data.ts";
import { Levels } from "#core/admission/level.ts";
import { TokenExpectation } from "#core/admission/token-expectation.ts";

/** Somebody of a team. */
export const user: User = { ...ada, tenantId: "team_1" as TenantId };
/** The key `nightly` of `user`, for a few models. */
export const key: ApiKey = {
  ...apiKey,
  tenantId: user.tenantId,
  name: "nightly",
  policy: { tier: "bulk", bestPriority: 6, models: ["m", "spread"], limits: {} },
};

const price = wholePrice({ input: 2_500_000_000n, cached: 0n, output: 10_000_000_000n });
const revoked: ApiKey = { ...key, id: "key_old" as KeyId, revokedAtMs: 0 };

/** A desk over the model `m` at `a`, two at once, then `b`, and `back` the other way round; `spread` weighs `a` 3 to 1; `c` speaks Anthropic's protocol alone. */
export function deskBench(changes: Partial<SchedulingDeskParts> = {}) {
  const scene = bench({ a: { concurrent: 2, contextTokens: 5_000 }, b: { concurrent: 0 } });
  const providers = [
    stubProvider("a"),
    stubProvider("b"),
    stubProvider("c", [], [], { speaks: (protocol) => (protocol === "anthropic-messages" ? protocol : undefined) }),
  ];
  const routes = [
    parseRoute("m", "a, b"),
    parseRoute("back", "b/m, a/m"),
    parseRoute("spread", "a@3, b@1"),
    parseRoute("c-*", "c"),
    parseRoute("gone", "nobody"),
  ];
  const plan = new RoutePlan(routes, providers);
  const audited: AuditRecord[] = [];
  const under = ladderScene({}, scene.clock);
  const { ladder } = under;
  const shedding = new SheddingAdmission({ inner: scene.admission, ladder, levels: 10, defaultLevel: 5 });
  const desk = new LocalSchedulingDesk({
    plan,
    workMode: "auto",
    levels: new Levels({ count: 10, defaultLevel: 5, enabled: true, rules: [] }),
    expectation: new TokenExpectation(),
    identity: {
      findKey: async (id) => [key, revoked].find((known) => known.id === id),
      findUser: async (who) => (who === user.id ? user : undefined),
    },
    audit: { appendAudit: async (record) => void audited.push(record) },
    clock: scene.clock,
    ladder,
    requestTimeoutMs: 60_000,
    scheduler: { admission: scene.admission, rules, shedding },
    timeRules: undefined,
    health: { stateOf: (id) => scene.health.get(id) ?? "closed" },
    limitsOf: (provider) => (provider === "a" ? [{ id: "a/m", limits: { concurrent: 2 } }] : []),
    prices: async () => ({
      find: (model) => (model === "m" ? { model, price, version: "2026-01-31", source: "embedded" } : undefined),
    }),
    ...changes,
  });
  return { ...scene, audited, desk, plan, providers, under };
}

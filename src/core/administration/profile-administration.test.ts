import { expect, test } from "bun:test";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { profileHandlers } from "#core/administration/profile-administration.ts";
import type { ServiceView } from "#core/api/profile.ts";
import type { Offering } from "#core/administration/offering.ts";
import type { BudgetId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import { localPrincipal, type Principal, rootPrincipal } from "#core/identity/principal.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import { openInThread } from "#integrations/stores/sqlite/in-thread.ts";

const ada = "usr_ada" as UserId;
const team = "team_a" as TeamId;
const caller: Principal = {
  kind: "key",
  tenantId: team as string as TenantId,
  userId: ada,
  role: "gateway_user",
  adminOf: [team],
  permissions: permissionsOf("gateway_user"),
  policy: { models: ["small-*"], limits: {} },
};

const service = (model: string): ServiceView => ({
  model,
  providers: ["up"],
  input_usd: "1",
  output_usd: "2",
  context_window: 10,
  origin: "local",
});
const offering: Offering = {
  providerRole: true,
  providers: () => [{ name: "up", type: "openai", models: [], health: "open" }],
  services: () => [service("small-1"), service("large-1")],
};

async function scene() {
  const { identity, budgets } = openInThread();
  const clock = new VirtualClock();
  const user = { id: ada, tenantId: "usr_ada" as TenantId, email: "ada@example.com", name: "Ada" };
  await identity.createUser({ ...user, role: "gateway_user", status: "active", createdAtMs: 0 }, sampleTrail());
  await identity.createTeam({ id: team, name: "A", createdAtMs: 0 }, sampleTrail());
  await identity.setMember({ teamId: team, userId: ada, role: "admin", addedAtMs: 0 }, sampleTrail());
  const spec = { window: "day", mode: "soft", limitNanos: 5n, createdAtMs: 0 } as const;
  for (const [id, scope, scopeId] of [
    ["bud_1", "user", "usr_ada"],
    ["bud_2", "team", "team_a"],
    ["bud_3", "org", "org"],
    ["bud_4", "user", "usr_other"],
  ] as const) {
    await budgets.createBudget({ id: id as BudgetId, scope, scopeId, ...spec }, sampleTrail());
  }
  const ids = { budget: () => "bud_9" as BudgetId } as never;
  const parts = { identity, budgets, clock, ids, feed: new MemoryChangeFeed(), toldEvents: new Set<never>() };
  return profileHandlers({ ...parts, offering: () => offering });
}

test("a user's profile names it, its teams, and the budgets that its own calls draw on", async () => {
  const profile = await (await scene()).findProfile({}, { principal: caller });
  expect(profile).toMatchObject({
    kind: "key",
    user: { id: "usr_ada", email: "ada@example.com", role: "gateway_user" },
    roles: ["gateway_user"],
    teams: [{ id: "team_a", name: "A", role: "admin" }],
    provider_role: true,
    free_quota: null,
    csrf_token: null,
  });
  expect(profile.budgets.map(({ id }) => id).toSorted()).toEqual(["bud_1", "bud_2"]);
});

test("a caller without a user has a profile of its own kind", async () => {
  const { findProfile } = await scene();
  for (const principal of [rootPrincipal, localPrincipal]) {
    const profile = await findProfile({}, { principal });
    expect(profile).toMatchObject({ kind: principal.kind, user: null, roles: [], teams: [], budgets: [] });
  }
});

test("a key sees the services that it may call, anybody every provider", async () => {
  const { listServices, listProviders } = await scene();
  const models = async (principal: Principal) => (await listServices({}, { principal })).data.map(({ model }) => model);
  expect(await models(caller)).toEqual(["small-1"]);
  expect(await models(rootPrincipal)).toEqual(["small-1", "large-1"]);
  expect(await listProviders({}, { principal: caller })).toEqual({ data: [...offering.providers()] });
});

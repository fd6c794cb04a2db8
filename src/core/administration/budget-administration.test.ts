import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { budgetHandlers } from "#core/administration/budget-administration.ts";
import { budgetOperations } from "#core/api/budget.ts";
import type { Caller } from "#core/api/operation.ts";
import type { BudgetId, KeyId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import { rootPrincipal } from "#core/identity/principal.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { type InThreadStores, openInThread } from "#integrations/stores/sqlite/in-thread.ts";
import { systemIds } from "#platform/effects.ts";

const [ada, eve] = ["usr_ada" as UserId, "usr_eve" as UserId];
const root: Caller = { principal: rootPrincipal, requestId: "req_admin" };
const userCaller = (userId: UserId, ...adminOf: readonly TeamId[]): Caller => {
  const principal = { kind: "session", tenantId: userId as string as TenantId, userId, role: "gateway_user" } as const;
  return { principal: { ...principal, adminOf, permissions: permissionsOf("gateway_user") } };
};

let stores: InThreadStores;
let clock: VirtualClock;
let changes: (string | undefined)[];
let handlers: ReturnType<typeof budgetHandlers>;
beforeEach(async () => {
  stores = openInThread();
  clock = new VirtualClock(Date.UTC(2026, 0, 15, 12));
  changes = [];
  const feed = new MemoryChangeFeed();
  feed.subscribe("budgets.changed", ({ subject }) => changes.push(subject));
  const { budgets, identity } = stores;
  handlers = budgetHandlers({ budgets, identity, ids: systemIds, clock, feed, toldEvents: new Set() });
  await seedPeople();
});
afterEach(() => stores.close());

async function seedPeople(): Promise<void> {
  const { identity } = stores;
  const trail = sampleTrail("createUser");
  for (const id of [ada, eve]) {
    const name = id.slice(4);
    const person = { name, email: `${name}@example.com`, role: "gateway_user", status: "active" } as const;
    await identity.createUser({ id, tenantId: id as string as TenantId, ...person, createdAtMs: 0 }, trail);
  }
  await identity.createTeam({ id: "team_1" as TeamId, name: "searchers", createdAtMs: 0 }, trail);
  const owner = { userId: ada, tenantId: ada as string as TenantId };
  const key = { id: "key_1" as KeyId, ...owner, name: "laptop", prefix: "tok_live_abc", scopes: [], createdAtMs: 0 };
  const digest = { tokenHash: new Uint8Array(32), hashAlg: "hmac-sha256", pepperId: "1" } as const;
  await identity.createKey(key, digest, trail);
}

const create = (scope: string, changed: Partial<Parameters<typeof handlers.createBudget>[0]> = {}, caller = root) =>
  handlers.createBudget({ scope, limit_usd: "12.50", window: "day", mode: "hard", ...changed }, caller);

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no failure",
    (error: unknown) => (error instanceof GatewayError ? [error.code, error.details.field] : error),
  );
}

describe("setting a budget", () => {
  test("shows it as it stands, with ids in the place of names and what its window has taken", async () => {
    const spent = { atMs: clock.now() - 1, userId: ada, costNanos: 2_000_000_001n };
    await stores.ledger.settle([sampleSettlement("req_1", spent)]);
    const view = await create("user:ADA@example.com");
    expect(view).toEqual({
      id: view.id,
      scope: "user:usr_ada",
      scope_kind: "user",
      scope_id: "usr_ada",
      scope_name: "ada@example.com",
      window: "day",
      mode: "hard",
      limit_usd: "12.5",
      limit_nanos: "12500000000",
      spent_usd: "2.000000001",
      spent_nanos: "2000000001",
      reserved_usd: "0",
      remaining_usd: "10.499999999",
      period_started_at: "2026-01-15T00:00:00.000Z",
      resets_at: "2026-01-16T00:00:00.000Z",
      created_at: "2026-01-15T12:00:00.000Z",
    });
    expect(budgetOperations.createBudget.output.parse(view)).toEqual(view);
    expect(changes).toEqual([view.id]);
  });

  test("every kind of scope is found by name or id", async () => {
    const scopes = ["org", "team:Searchers", "user:eve", "key:key_1", "tag:project=search"];
    const views = await Promise.all(scopes.map((scope) => create(scope)));
    expect(views.map(({ scope, scope_name }) => [scope, scope_name])).toEqual([
      ["org", null],
      ["team:team_1", "searchers"],
      ["user:usr_eve", "eve@example.com"],
      ["key:key_1", "laptop"],
      ["tag:project=search", null],
    ]);
    expect((await create("org", { window: "total" })).resets_at).toBeNull();
  });

  test("is refused by field for what is not there, is beyond what is counted, or exists", async () => {
    for (const scope of ["team:nobody", "user:nobody@example.com", "key:key_9"]) {
      expect(await failure(create(scope))).toEqual(["not_found", "scope"]);
    }
    expect(await failure(create("tag:two words"))).toMatchObject(["invalid_request", expect.anything()]);
    expect(await failure(create("org", { limit_usd: "9999999999" }))).toEqual(["invalid_request", "limit_usd"]);
    await create("org");
    expect(await failure(create("org"))).toEqual(["conflict", undefined]);
    expect(changes).toHaveLength(1);
  });

  test("is audited with ids and amounts, never with an e-mail", async () => {
    const { id } = await create("user:ada@example.com");
    await handlers.updateBudget({ id, limit_usd: "1" }, root);
    await handlers.deleteBudget({ id }, root);
    const rows = (await stores.audit.listAudit({ limit: 3 })).toReversed();
    expect(rows.map(({ action, details }) => [action, details])).toEqual([
      ["createBudget", { scope: "user:usr_ada", window: "day", mode: "hard", limit_usd: "12.5" }],
      ["updateBudget", { limit_usd: "1" }],
      ["deleteBudget", { scope: "user:usr_ada", window: "day" }],
    ]);
    expect(rows.every(({ target, requestId }) => target.id === id && requestId === "req_admin")).toBe(true);
  });
});

test("a limit may go below what is spent; nothing is left then", async () => {
  const { id } = await create("org");
  const postings = [{ budgetId: id as BudgetId, periodStartMs: Date.UTC(2026, 0, 15) }];
  await stores.ledger.settle([sampleSettlement("req_1", { costNanos: 2_000_000_000n }, postings)]);
  const view = await handlers.updateBudget({ id, limit_usd: "1", mode: "soft" }, root);
  expect([view.limit_usd, view.spent_usd, view.remaining_usd, view.mode]).toEqual(["1", "2", "0", "soft"]);
  expect((await handlers.deleteBudget({ id }, root)).spent_usd).toBe("2");
  expect(await failure(handlers.findBudget({ id }, root))).toEqual(["not_found", undefined]);
});

test("F94: a user sees the budgets of itself, its keys and the teams it manages; all others do not exist for it", async () => {
  const scopes = ["org", "team:searchers", "user:ada", "user:eve", "key:key_1", "tag:ci"];
  const views = await Promise.all(scopes.map((scope) => create(scope)));
  const listed = async (caller: Caller, scope?: string) =>
    (await handlers.listBudgets(scope === undefined ? {} : { scope }, caller)).data
      .map((view) => view.scope)
      .toSorted();
  expect(await listed(root)).toHaveLength(6);
  expect(await listed(userCaller(ada))).toEqual(["key:key_1", "user:usr_ada"]);
  expect(await listed(userCaller(eve, "team_1" as TeamId))).toEqual(["team:team_1", "user:usr_eve"]);
  expect(await listed(root, "key:key_1")).toEqual(["key:key_1"]);
  for (const scope of ["user:ada", "user:nobody", "org", "key:key_1"])
    expect(await listed(userCaller(eve), scope)).toEqual([]);
  const foreign = views.find(({ scope }) => scope === "user:usr_ada")?.id ?? "";
  for (const id of [foreign, "bud_none"]) {
    expect(await failure(handlers.findBudget({ id }, userCaller(eve)))).toEqual(["not_found", undefined]);
    expect(await failure(handlers.deleteBudget({ id }, userCaller(eve)))).toEqual(["not_found", undefined]);
  }
});

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { IdentityDesk, refusalOf } from "#core/administration/identity-desk.test-data.ts";
import { type AskUsage, askUsage } from "#core/administration/usage-desk.test-data.ts";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import type { BudgetId, KeyId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import { type Principal, rootPrincipal } from "#core/identity/principal.ts";
import type { Settlement } from "#core/ledger/settlement.ts";

const report = {
  event_id: "0197f3c2-8f00-7000",
  direction: "consume",
  provider: "openai",
  model: "gpt-4o",
  input_tokens: 1_000_000,
  output_tokens: 100_000,
};

let desk: IdentityDesk;
let ask: AskUsage;

beforeEach(() => {
  desk = new IdentityDesk();
  ask = askUsage(desk);
});
afterEach(() => desk.stores.close());

describe("usage that is reported", () => {
  test("is priced and booked on the account of the reporter", async () => {
    const principal: Principal = {
      kind: "key",
      tenantId: "team_1" as TenantId,
      teamId: "team_1" as TeamId,
      userId: "usr_9" as UserId,
      keyId: "key_9" as KeyId,
      labels: ["b", "a"],
      permissions: new Set(),
    };
    expect(await ask("reportUsage", report, principal)).toMatchObject({
      request_id: "report:team_1:0197f3c2-8f00-7000",
      seq: 1,
      tenant_id: "team_1",
      team_id: "team_1",
      user_id: "usr_9",
      key_id: "key_9",
      tags: ["a", "b"],
      direction: "consume",
      protocol: "report",
      cost_usd: "3.5",
      price_version: embeddedPriceList().version,
      usage_source: "counted",
    });
  });

  test("L4: counts once, however often and at whatever time it is reported; what comes back is the row", async () => {
    const first = await ask("reportUsage", report);
    desk.clock.advance(60_000);
    const again = await Promise.all([1, 2, 3].map(() => ask("reportUsage", report)));
    expect(again).toEqual([first, first, first]);
    expect((await ask("usageSummary", { group_by: [] })).data[0]?.requests).toBe(1);
  });

  test("the same event with other facts is a conflict, also when both come at once", async () => {
    const changes = [{ input_tokens: 5 }, { model: "gpt-4" }, { direction: "supply" }, { cached_tokens: 1 }];
    await ask("reportUsage", report);
    for (const change of changes) {
      expect(await refusalOf(ask("reportUsage", { ...report, ...change }))).toEqual(["conflict", "event_id"]);
    }
    const other = { ...report, event_id: "at-the-same-time" };
    const both = await Promise.allSettled([
      ask("reportUsage", other),
      ask("reportUsage", { ...other, input_tokens: 1 }),
    ]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  test("events of two accounts have nothing to do with each other", async () => {
    const other: Principal = { ...rootPrincipal, tenantId: "t2" as TenantId };
    await ask("reportUsage", report);
    expect(await ask("reportUsage", { ...report, input_tokens: 7 }, other)).toMatchObject({ input_tokens: 7, seq: 2 });
  });

  test("names its reporter in the audit, once for each event that is new", async () => {
    await desk.user("ada");
    const { id: key } = await desk.root.createKey({ user: "ada@example.com", name: "k" });
    const reporter: Principal = { ...rootPrincipal, kind: "key", role: "gateway_admin", keyId: "key_9" as KeyId };
    const { request_id } = await ask("reportUsage", { ...report, key }, reporter);
    await ask("reportUsage", { ...report, key }, reporter);
    expect(await refusalOf(ask("reportUsage", { ...report, key, input_tokens: 5 }, reporter))).toEqual([
      "conflict",
      "event_id",
    ]);
    const { data } = await desk.root.listAudit({ action: "reportUsage" });
    const details = { direction: "consume", provider: "openai", model: "gpt-4o", key_id: key };
    const reported = { target_kind: "usage", target_id: request_id, outcome: "done", details };
    expect(data).toMatchObject([{ actor_kind: "key", actor_key_id: "key_9", ...reported }]);
  });

  test("goes on the account of a key in sight, and of no other", async () => {
    await desk.user("ada");
    await desk.user("eve");
    const { id } = await desk.root.createKey({ user: "ada@example.com", name: "k" });
    expect(await ask("reportUsage", { ...report, key: id })).toMatchObject({ key_id: id });
    const eve = await desk.session("eve@example.com");
    expect(await refusalOf(ask("reportUsage", { ...report, key: id }, eve))).toEqual(["not_found", undefined]);
  });

  test("is told to the budgets of its account, which cannot refuse what has happened; supply draws on none", async () => {
    const postings = [{ budgetId: "bud_1" as BudgetId, periodStartMs: 0 }];
    const settled: Settlement[] = [];
    const record = async (settlement: Settlement): Promise<void> => {
      settled.push(settlement);
      await desk.stores.ledger.settle([settlement]);
    };
    ask = askUsage(desk, { activeBudgets: { of: () => ({ postings, hasHard: true }) }, record });
    await ask("reportUsage", report);
    await ask("reportUsage", { ...report, event_id: "supplied-1", direction: "supply" });
    expect(settled.map((settlement) => settlement.postings)).toEqual([postings, []]);
  });

  test("of a model without a price is visible as such", async () => {
    expect(await ask("reportUsage", { ...report, model: "own" })).toMatchObject({
      cost_usd: null,
      price_version: null,
    });
    expect((await ask("usageSummary", { group_by: [] })).data[0]?.unpriced_requests).toBe(1);
  });

  test("of a model without a price costs nothing where such models are free", async () => {
    ask = askUsage(desk, { unpriced: "free" });
    const free = { cost_usd: "0", price_version: "free" };
    expect(await ask("reportUsage", { ...report, model: "own" })).toMatchObject(free);
    expect((await ask("usageSummary", { group_by: [] })).data[0]?.unpriced_requests).toBe(0);
  });

  test("draws on the budgets of the key that made its key too", async () => {
    await desk.user("ada");
    const parent = await desk.root.createKey({ user: "ada@example.com", name: "parent" });
    const maker = await desk.bearer(parent.key);
    const child = await desk.as(maker).createKey({ user: "ada@example.com", name: "child" });
    const asked: Principal[] = [];
    const of = (principal: Principal): undefined => void asked.push(principal);
    ask = askUsage(desk, { activeBudgets: { of } });
    await ask("reportUsage", { ...report, key: child.id });
    expect(asked).toMatchObject([{ keyId: child.id, parentId: parent.id }]);
  });

  test("F110: counts that nothing can have are refused by field, and nothing is booked", async () => {
    const absurd: readonly (readonly [object, string])[] = [
      [{ input_tokens: -1 }, "input_tokens"],
      [{ input_tokens: 0.5 }, "input_tokens"],
      [{ input_tokens: 100_000_001 }, "input_tokens"],
      [{ cached_tokens: 1_000_001 }, "cached_tokens"],
      [{ cached_tokens: 600_000, cache_write_tokens: 600_000 }, "cached_tokens"],
      [{ reasoning_tokens: 100_001 }, "reasoning_tokens"],
      [{ input_tokens: undefined, output_tokens: undefined }, "input_tokens"],
      [{ event_id: "short" }, "event_id"],
      [{ cost_usd: "0" }, "cost_usd"],
    ];
    for (const [change, field] of absurd) {
      expect(await refusalOf(ask("reportUsage", { ...report, ...change }))).toEqual(["invalid_request", field]);
    }
    expect((await ask("usageLogs", {})).data).toEqual([]);
  });
});

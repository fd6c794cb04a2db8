import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { IdentityDesk, refusalOf } from "#core/administration/identity-desk.test-data.ts";
import type { Caller } from "#core/api/operation.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { usageHandlers } from "#core/administration/usage-administration.ts";
import { usageOperations } from "#core/api/usage.ts";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import type { BudgetId, KeyId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import { type Principal, rootPrincipal } from "#core/identity/principal.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import { noBudgets } from "#core/budgets/no-budgets.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import type { Settlement } from "#core/ledger/settlement.ts";

let desk: IdentityDesk;
let settled: Settlement[];
let activeBudgets: Parameters<typeof usageHandlers>[0]["activeBudgets"];

beforeEach(() => {
  desk = new IdentityDesk();
  settled = [];
  activeBudgets = noBudgets;
});
afterEach(() => desk.stores.close());

/** Asks an operation as the HTTP door does. */
async function ask<Name extends keyof typeof usageOperations>(name: Name, input: unknown, principal = rootPrincipal) {
  const record = async (settlement: Settlement): Promise<void> => {
    settled.push(settlement);
    await desk.stores.ledger.settle([settlement]);
  };
  const priceBook = { current: embeddedPriceList };
  const handlers = usageHandlers({ ...desk.parts, priceBook, activeBudgets, record });
  const handle = handlers[name] as (input: unknown, caller: Caller) => ReturnType<(typeof handlers)[Name]>;
  return handle(parseInput(usageOperations[name].input, input), { principal });
}

async function book(...entries: readonly Partial<LedgerEntry>[]): Promise<void> {
  const rows = entries.map((changes, index) => sampleEntry(`req_${index + 1}`, changes));
  await desk.stores.ledger.settle(rows.map((entry) => ({ entry, postings: [] })));
}

/** Ada, an admin of the team `core`, Bob, a member of it, and Eve, who has nothing to do with either. */
async function people() {
  const [ada, bob, eve] = [await desk.user("ada"), await desk.user("bob"), await desk.user("eve")] as UserId[];
  const team = await desk.root.createTeam({ name: "core" });
  await desk.root.setTeamMember({ id: team.id, user: "ada@example.com", role: "admin" });
  await desk.root.setTeamMember({ id: team.id, user: "bob@example.com", role: "member" });
  return { ada, bob, eve, teamId: team.id as TeamId };
}

describe("totals", () => {
  test("are told by the names that were asked for, days in UTC, money exact and for people", async () => {
    await book({ costNanos: 1_500_000_000n, overheadNanos: 2n }, { costNanos: undefined, priceVersion: undefined });
    const { data } = await ask("usageSummary", { group_by: "day,team" });
    expect(data).toEqual([
      {
        day: "2026-01-01",
        team: null,
        requests: 2,
        failed: 0,
        aborted: 0,
        input_tokens: 2_000,
        cached_tokens: 400,
        cache_write_tokens: 0,
        output_tokens: 100,
        reasoning_tokens: 20,
        cost_usd: "1.5",
        cost_nanos: "1500000000",
        overhead_usd: "0.000000002",
        unpriced_requests: 1,
      },
    ]);
    const hours = await ask("usageSummary", { group_by: ["hour", "model"] });
    expect(hours.data[0]).toMatchObject({ hour: "2026-01-01T00:00:00.000Z", model: "gpt-4o-mini" });
    expect((await ask("usageSummary", {})).data[0]).toMatchObject({ provider: "openai", model: "gpt-4o-mini" });
  });

  test("find users by e-mail, teams by name, and refuse names of nobody", async () => {
    const { ada, teamId } = await people();
    await book({ userId: ada, teamId }, { userId: undefined });
    const requests = async (filter: object) =>
      (await ask("usageSummary", { group_by: [], ...filter })).data[0]?.requests;
    expect([await requests({ user: "ADA@example.com" }), await requests({ team: "core" })]).toEqual([1, 1]);
    for (const filter of [{ user: "nobody" }, { team: "nothing" }, { key: "key_0" }]) {
      expect(await refusalOf(ask("usageSummary", filter))).toEqual(["not_found", undefined]);
    }
    expect(await refusalOf(ask("usageSummary", { group_by: "day,colour" }))).toEqual(["invalid_request", "group_by.1"]);
  });

  test("F94: hold what the asker may see alone; what it may not is not there", async () => {
    const { ada, bob, eve, teamId } = await people();
    const rows = [
      { userId: ada },
      { userId: bob },
      { userId: bob, teamId },
      { userId: eve, teamId: "team_x" as TeamId },
      { userId: undefined },
    ];
    await book(...rows);
    const count = async (name: string, filter: object = {}) => {
      const principal = await desk.session(`${name}@example.com`);
      return (await ask("usageSummary", { group_by: [], ...filter }, principal)).data[0]?.requests ?? 0;
    };
    expect([await count("ada"), await count("bob"), await count("eve")]).toEqual([2, 2, 1]);
    expect(await count("ada", { user: "bob@example.com" })).toBe(1);
    const eveSession = await desk.session("eve@example.com");
    for (const filter of [{ user: "bob@example.com" }, { user: bob }, { team: "core" }, { team: teamId }]) {
      expect(await refusalOf(ask("usageSummary", filter, eveSession))).toEqual(["not_found", undefined]);
      expect(await refusalOf(ask("usageLogs", filter, eveSession))).toEqual(["not_found", undefined]);
    }
    const nobody: Principal = { kind: "key", tenantId: "t" as TenantId, permissions: new Set() };
    expect((await ask("usageSummary", {}, nobody)).data).toEqual([]);
    expect((await ask("usageLogs", {}, nobody)).data).toEqual([]);
  });
});

describe("rows", () => {
  test("come page after page, newest first, to the end", async () => {
    await book(...Array.from({ length: 5 }, () => ({})));
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof ask<"usageLogs">>> = await ask("usageLogs", {
        limit: 2,
        ...(cursor && { cursor }),
      });
      seen.push(...page.data.map(({ seq }) => seq));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual([5, 4, 3, 2, 1]);
    expect(await refusalOf(ask("usageLogs", { cursor: "x" }))).toEqual(["invalid_request", "cursor"]);
  });

  test("tell team, tags and what was lost, and are found by outcome and id", async () => {
    await book({ teamId: "team_1" as TeamId, tags: "a,b", overheadNanos: 5n, outcome: "failed" }, {});
    const { data } = await ask("usageLogs", { outcome: "failed" });
    expect(data).toMatchObject([{ team_id: "team_1", tags: ["a", "b"], overhead_usd: "0.000000005" }]);
    expect((await ask("usageLogs", { request_id: "req_2" })).data).toMatchObject([{ seq: 2, tags: [], team_id: null }]);
    await desk.user("eve");
    const eve: Principal = { ...(await desk.session("eve@example.com")), userId: "usr_eve" as UserId };
    expect((await ask("usageLogs", { request_id: "req_2" }, eve)).data).toEqual([]);
  });
});

const report = {
  event_id: "0197f3c2-8f00-7000",
  direction: "consume",
  provider: "openai",
  model: "gpt-4o",
  input_tokens: 1_000_000,
  output_tokens: 100_000,
};

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
    activeBudgets = { of: () => ({ postings, hasHard: true }) };
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

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { IdentityDesk, refusalOf } from "#core/administration/identity-desk.test-data.ts";
import { type AskUsage, askUsage } from "#core/administration/usage-desk.test-data.ts";
import type { UsageLogView } from "#core/api/usage.ts";
import type { TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";

let desk: IdentityDesk;
let ask: AskUsage;

beforeEach(() => {
  desk = new IdentityDesk();
  ask = askUsage(desk);
});
afterEach(() => desk.stores.close());

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

  test("tell every kind of token that has a price of its own, so that their cost can be worked out anew", async () => {
    const parts = { audioInputTokens: 1, imageInputTokens: 2, audioOutputTokens: 3, cacheWriteLongTokens: 4 };
    await book(parts, {});
    const shown = (row: UsageLogView | undefined) => [
      row?.audio_input_tokens,
      row?.image_input_tokens,
      row?.audio_output_tokens,
      row?.cache_write_long_tokens,
    ];
    const { data } = await ask("usageLogs", {});
    expect(data.map(shown)).toEqual([
      [null, null, null, null],
      [1, 2, 3, 4],
    ]);
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

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { BudgetId, KeyId, TeamId, UserId } from "#core/effects/ids.ts";
import type { Budget } from "#core/budgets/budget.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import type { OpenStores } from "./engines.ts";
import { noon, postings, sampleBudget, takenOf, today } from "./sample-budget.ts";

/** What every engine promises about budgets. */
export function budgetSuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`budgets on ${engine}`, () => {
    let stores: OpenStores;
    beforeEach(async () => {
      stores = await open();
    });
    afterEach(() => stores.close());

    const create = (...budgets: readonly Budget[]) =>
      Promise.all(budgets.map((each) => stores.budgets.createBudget(each, sampleTrail("createBudget", each.id))));

    test("budgets come back as they were set, oldest first, with nothing taken", async () => {
      const younger = sampleBudget("bud_a", { window: "total", mode: "soft", limitNanos: 2n ** 63n - 1n });
      const older = sampleBudget("bud_b", { createdAtMs: noon - 1 });
      await create(younger, older);
      expect(await stores.budgets.listBudgets()).toEqual([older, younger]);
      const states = await stores.budgets.budgetStates({ nowMs: noon });
      expect(states.map(({ budget, period }) => [budget, period.startMs, period.spentNanos])).toEqual([
        [older, today, 0n],
        [younger, 0, 0n],
      ]);
    });

    test("a scope has one budget for each window", async () => {
      await create(sampleBudget("bud_1"), sampleBudget("bud_2", { window: "month" }));
      const third = stores.budgets.createBudget(sampleBudget("bud_3"), sampleTrail());
      expect(await rejectionOf(third)).toMatchObject({ code: "conflict" });
      expect(await stores.audit.listAudit({ limit: 10 })).toHaveLength(2);
    });

    test("limits below nothing or beyond 64 bits are refused", async () => {
      for (const limitNanos of [-1n, 2n ** 63n]) {
        const refused = stores.budgets.createBudget(sampleBudget("bud_1", { limitNanos }), sampleTrail());
        expect(await rejectionOf(refused)).toMatchObject({ code: "invalid_request", details: { field: "limit_usd" } });
      }
    });

    test("every change leaves its trail with itself, one that found nothing leaves none", async () => {
      await create(sampleBudget());
      const id = "bud_1" as BudgetId;
      expect(await stores.budgets.updateBudget(id, { limitNanos: 5n }, sampleTrail("updateBudget"))).toBe(true);
      expect(await stores.budgets.deleteBudget(id, sampleTrail("deleteBudget"))).toBe(true);
      expect(await stores.budgets.updateBudget(id, { limitNanos: 6n }, sampleTrail("updateBudget"))).toBe(false);
      expect(await stores.budgets.deleteBudget(id, sampleTrail("deleteBudget"))).toBe(false);
      const rows = await stores.audit.listAudit({ limit: 10 });
      expect(rows.map(({ action }) => action)).toEqual(["deleteBudget", "updateBudget", "createBudget"]);
      expect(await stores.budgets.listBudgets()).toEqual([]);
    });

    test("what a scope consumed in the running window before its budget was set counts as spent", async () => {
      const consumed = { atMs: noon, costNanos: 100n };
      await stores.ledger.settle([
        sampleSettlement("yesterday", { ...consumed, atMs: today - 1 }),
        sampleSettlement("plain", { ...consumed, keyId: undefined, userId: undefined }),
        sampleSettlement("keyed", { ...consumed, teamId: "team_1" as TeamId, tags: "ci,nightly" }),
        sampleSettlement("tagged", {
          ...consumed,
          keyId: "key_2" as KeyId,
          userId: "usr_2" as UserId,
          tags: "nightly-2",
        }),
        sampleSettlement("supplied", { ...consumed, direction: "supply" }),
        sampleSettlement("unpriced", { ...consumed, costNanos: undefined, priceVersion: undefined }),
      ]);
      await create(
        sampleBudget("bud_org"),
        sampleBudget("bud_total", { window: "total" }),
        sampleBudget("bud_team", { scope: "team", scopeId: "team_1" }),
        sampleBudget("bud_user", { scope: "user", scopeId: "usr_1" }),
        sampleBudget("bud_key", { scope: "key", scopeId: "key_2" }),
        sampleBudget("bud_tag", { scope: "tag", scopeId: "nightly" }),
        sampleBudget("bud_none", { scope: "tag", scopeId: "night%" }),
      );
      const states = await stores.budgets.budgetStates({ nowMs: noon });
      expect(Object.fromEntries(states.map(({ budget, period }) => [budget.id, period.spentNanos]))).toEqual({
        bud_org: 300n,
        bud_total: 400n,
        bud_team: 100n,
        bud_user: 100n,
        bud_key: 100n,
        bud_tag: 100n,
        bud_none: 0n,
      });
    });

    test("the budget of a key has seen what the keys that it made have spent", async () => {
      await seedPeople(stores, "usr_ada" as UserId, "usr_eve" as UserId);
      const mother = await stores.identity.findKey("key_ada" as KeyId);
      if (mother === undefined) throw new Error("a key is expected");
      const child = { ...mother, id: "key_child" as KeyId, parentId: mother.id };
      const digest = { tokenHash: new Uint8Array(32).fill(9), hashAlg: "hmac-sha256", pepperId: "1" } as const;
      await stores.identity.createKey(child, digest, sampleTrail("createKey"));
      await stores.ledger.settle([
        sampleSettlement("own", { atMs: noon, costNanos: 1n, keyId: mother.id }),
        sampleSettlement("child's", { atMs: noon, costNanos: 10n, keyId: child.id }),
        sampleSettlement("other", { atMs: noon, costNanos: 100n, keyId: "key_other" as KeyId }),
      ]);
      await create(sampleBudget("bud_key", { scope: "key", scopeId: mother.id }));
      expect(await takenOf(stores.budgets, "bud_key")).toEqual([11n, 0n]);
    });

    test("a limit may be lowered below what is spent; what is spent stays, and the next window has the new limit too", async () => {
      await create(sampleBudget());
      await stores.ledger.settle([sampleSettlement("req_1", { costNanos: 900n }, postings("bud_1"))]);
      const change = { limitNanos: 10n };
      await stores.budgets.updateBudget("bud_1" as BudgetId, change, sampleTrail("updateBudget", "bud_1", noon));
      expect(await takenOf(stores.budgets)).toEqual([900n, 0n]);
      await stores.ledger.settle([sampleSettlement("req_2", { costNanos: 1n }, postings("bud_1"))]);
      expect(await takenOf(stores.budgets)).toEqual([901n, 0n]);
      expect((await stores.budgets.listBudgets())[0]?.limitNanos).toBe(10n);
    });

    test("a settlement tells once of each share of the limit that it passed, of the highest where there were several", async () => {
      await create(sampleBudget("bud_1", { mode: "soft" }));
      const percents: (number | undefined)[] = [];
      for (const [index, cost] of [499n, 1n, 100n, 250n, 500n, 5_000n].entries()) {
        const { passed } = await stores.ledger.settle([
          sampleSettlement(`req_${index}`, { costNanos: cost }, postings("bud_1")),
        ]);
        percents.push(passed[0]?.percent);
      }
      expect(percents).toEqual([undefined, 50, undefined, 80, 100, undefined]);
    });

    test("budgets are named after their scope, and shown to whom they concern only", async () => {
      const [ada, eve] = ["usr_ada" as UserId, "usr_eve" as UserId];
      await seedPeople(stores, ada, eve);
      await create(
        sampleBudget("bud_org"),
        sampleBudget("bud_ada", { scope: "user", scopeId: ada }),
        sampleBudget("bud_eve", { scope: "user", scopeId: eve }),
        sampleBudget("bud_key", { scope: "key", scopeId: "key_ada" }),
        sampleBudget("bud_team", { scope: "team", scopeId: "team_1" }),
        sampleBudget("bud_tag", { scope: "tag", scopeId: "ci" }),
      );
      const all = await stores.budgets.budgetStates({ nowMs: noon });
      expect(all.map(({ scopeName }) => scopeName)).toEqual([
        "ada@example.com",
        "eve@example.com",
        "key of ada",
        undefined,
        undefined,
        "searchers",
      ]);
      const seenBy = async (userId: UserId, ...teamIds: readonly TeamId[]) => {
        const states = await stores.budgets.budgetStates({ nowMs: noon, visibleTo: { userId, teamIds } });
        return states.map(({ budget }) => budget.id as string);
      };
      expect(await seenBy(ada)).toEqual(["bud_ada", "bud_key"]);
      expect(await seenBy(eve)).toEqual(["bud_eve"]);
      expect(await seenBy(eve, "team_1" as TeamId)).toEqual(["bud_eve", "bud_team"]);
      const foreign = { id: "bud_ada" as BudgetId, nowMs: noon, visibleTo: { userId: eve, teamIds: [] } };
      expect(await stores.budgets.budgetStates(foreign)).toEqual([]);
    });
  });
}

async function seedPeople({ identity }: OpenStores, ...users: readonly UserId[]): Promise<void> {
  const trail = sampleTrail("createUser");
  for (const id of users) {
    const name = id.slice(4);
    const person = { name, email: `${name}@example.com`, role: "gateway_user", status: "active" } as const;
    await identity.createUser({ id, tenantId: id as never, ...person, createdAtMs: noon }, trail);
  }
  const [owner] = users;
  if (owner === undefined) return;
  await identity.createTeam({ id: "team_1" as TeamId, name: "searchers", createdAtMs: noon }, trail);
  const key = {
    id: "key_ada" as KeyId,
    userId: owner,
    tenantId: owner as never,
    name: "key of ada",
    prefix: "tok_live_ada",
  };
  const digest = { tokenHash: new Uint8Array(32), hashAlg: "hmac-sha256", pepperId: "1" } as const;
  await identity.createKey({ ...key, scopes: [], createdAtMs: noon }, digest, trail);
}

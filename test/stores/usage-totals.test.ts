import type { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { KeyId, TeamId, UserId } from "#core/effects/ids.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { openInThread } from "#integrations/stores/sqlite/in-thread.ts";
import { migrations } from "#integrations/stores/sqlite/migrations.ts";

const tables = ["usage_subject", "usage_target", "usage_hour", "usage_day"];

/** Every cell under the names it stands for: numbers of names may differ. */
function cells(database: Database): unknown {
  const hours =
    "SELECT * FROM usage_hour JOIN usage_target AS t ON t.id = target ORDER BY hour, model, provider, direction";
  const days = `SELECT * FROM usage_day JOIN usage_subject AS s ON s.id = subject JOIN usage_target AS t ON t.id = target
    ORDER BY day, key_id, user_id, team_id, tenant_id, model, provider, direction`;
  const nameless = ({ id: _, subject: __, target: ___, ...cell }: Record<string, unknown>): unknown => cell;
  return [hours, days].map((sql) => database.query<Record<string, unknown>, []>(sql).all().map(nameless));
}

/** The part of the migration that adds up what is there already. */
function fill(database: Database): void {
  const sql = migrations.find(({ name }) => name === "usage-totals")?.sql ?? "";
  for (const table of tables) database.run(`DELETE FROM ${table}`);
  for (const statement of sql.split(";\n").filter((text) => text.includes("INSERT INTO"))) database.run(statement);
}

test("L4: the totals are what the rows add up to, whatever was settled in whatever batches, and can be made anew from them", async () => {
  const some = <Id extends string>(...ids: string[]) =>
    fc.option(fc.constantFrom(...(ids as Id[])), { nil: undefined });
  const count = fc.option(fc.nat(100), { nil: undefined });
  const fields = fc.record({
    atMs: fc.integer({ min: 0, max: 5 * 86_400_000 }),
    keyId: some<KeyId>("key_1", "key_2"),
    userId: some<UserId>("usr_1"),
    teamId: some<TeamId>("team_1"),
    model: some("a", "b"),
    provider: some("x"),
    outcome: fc.constantFrom("finished" as const, "failed" as const, "aborted" as const),
    direction: fc.constantFrom("consume" as const, "supply" as const),
    inputTokens: count,
    outputTokens: count,
    overheadNanos: fc.option(fc.bigInt({ min: 0n, max: 10n ** 15n }), { nil: undefined }),
  });
  const batches = fc.array(fc.array(fields, { maxLength: 6 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(batches, async (settled) => {
      const stores = openInThread();
      try {
        let unique = 0;
        for (const batch of settled) {
          const entries = batch.map((each) => sampleEntry(`req_${unique++}`, each));
          const settlements = [...entries, ...entries.slice(1)].map((entry) => ({ entry, postings: [] }));
          await stores.ledger.settle(settlements);
        }
        const kept = cells(stores.database);
        fill(stores.database);
        expect(cells(stores.database)).toEqual(kept);
      } finally {
        stores.close();
      }
    }),
    { numRuns: 40 },
  );
});

test("a batch that fails leaves no total behind, and names that it brought are given again by the next", async () => {
  const stores = openInThread();
  const settle = (...entries: ReturnType<typeof sampleEntry>[]) =>
    stores.ledger.settle(entries.map((entry) => ({ entry, postings: [] })));
  const unstorable = sampleEntry("req_2", { costNanos: 2n ** 63n });
  await expect(settle(sampleEntry("req_1", { model: "new" }), unstorable)).rejects.toThrow("64 bits");
  expect(cells(stores.database)).toEqual([[], []]);
  await settle(sampleEntry("req_3", { model: "other" }), sampleEntry("req_4", { model: "new" }));
  const totals = await stores.ledger.summary({ groupBy: ["model"], limit: 10 });
  expect(totals.map(({ group, requests }) => [group.model, requests])).toEqual([
    ["new", 1],
    ["other", 1],
  ]);
  stores.close();
});

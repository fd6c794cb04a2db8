import type { BudgetId, KeyId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { LoadReport, LoadWishes } from "#core/archive/archive-store.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import type { SqliteStores } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { noon, postings, sampleBudget } from "./sample-budget.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporary-directory.ts";

export const trail = sampleTrail("importArchive", "import");

/** A gateway with one of everything: two users, a team, three keys, a budget that was spent from, a price, rows. */
export async function furnish(stores: SqliteStores, prefix = ""): Promise<void> {
  const { identity, budgets, prices } = stores;
  const tenantId = "ten_1" as TenantId;
  for (const name of ["ada", "bob"]) {
    const user = {
      id: `usr_${prefix}${name}` as UserId,
      tenantId: `usr_${prefix}${name}` as TenantId,
      createdAtMs: noon,
    };
    await identity.createUser(
      { ...user, email: `${name}@example.com`, name, role: "gateway_user", status: "active" },
      trail,
    );
  }
  const teamId = `team_${prefix}1` as TeamId;
  await identity.createTeam({ id: teamId, name: "Blue", createdAtMs: noon }, trail);
  await identity.setMember({ teamId, userId: `usr_${prefix}ada` as UserId, role: "admin", addedAtMs: noon }, trail);
  for (const number of [1, 2, 3]) {
    const key = {
      id: `key_${prefix}${number}` as KeyId,
      userId: `usr_${prefix}ada` as UserId,
      tenantId: number === 3 ? (teamId as string as TenantId) : tenantId,
      name: `key ${number}`,
      prefix: "tok_test_abc",
      scopes: ["models:call"] as const,
      createdAtMs: noon + number,
      labels: ["red"],
      policy: { priority: number, limits: { requestsPerMinute: 10 * number } },
      ...(number === 3 && { teamId }),
    };
    await identity.createKey(key, { tokenHash: digest(number), hashAlg: "hmac-sha256", pepperId: "1" }, trail);
  }
  await identity.rotateKey(
    `key_${prefix}2` as KeyId,
    { tokenHash: digest(22), hashAlg: "hmac-sha256", pepperId: "1", prefix: "tok_test_new" },
    noon + 1e12,
    trail,
  );
  await budgets.createBudget(sampleBudget(`bud_${prefix}1`, { limitNanos: 10_000_000_000n }), trail);
  const keyBudget = { scope: "key", scopeId: `key_${prefix}1`, window: "total" } as const;
  await budgets.createBudget(sampleBudget(`bud_${prefix}2` as BudgetId, keyBudget), trail);
  await prices.addPriceVersion({ version: "2026-07-01.1", createdAtMs: noon, source: "set", prices: [] }, trail);
  await settleSome(stores, prefix, 5);
}

/** Settles rows paid by the first budget. */
export async function settleSome({ ledger }: SqliteStores, prefix: string, count: number, first = 1): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  await ledger.settle(
    numbers.map((number) =>
      sampleSettlement(
        `req_${prefix}${number}`,
        { atMs: noon + number, costNanos: 1_000n, priceVersion: "2026-07-01.1" },
        postings(`bud_${prefix}1`),
      ),
    ),
  );
}

/** A digest that differs by number. */
export function digest(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

/** What `from` has, taken by `to`. */
export async function carry(
  from: SqliteStores,
  to: SqliteStores,
  wishes: Partial<LoadWishes> = {},
): Promise<LoadReport> {
  using directory = temporaryDirectory();
  await from.archive.writeRecords(directory.path);
  return await loadFrom(directory, to, { nodeId: from.nodeId, ...wishes });
}

/** Takes the tables in a directory. */
export async function loadFrom(
  directory: TemporaryDirectory,
  to: SqliteStores,
  wishes: Partial<LoadWishes>,
): Promise<LoadReport> {
  const all = { overwrite: false, dryRun: false, nodeId: "node_x", pepperIds: { "1": "1" }, ...wishes };
  return await to.archive.loadRecords(directory.path, all, trail);
}

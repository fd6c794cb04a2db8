import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { nounTables } from "#core/archive/archive-tables.ts";
import type { BudgetId, KeyId, UserId } from "#core/effects/ids.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import { carry, digest, furnish, loadFrom, settleSome, trail } from "./archive-scene.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { noon, sampleReservation } from "./sample-budget.ts";

const nouns = nounTables.map(({ name }) => `${name}.jsonl`);

test("a whole round trip into an empty gateway gives equal records, sums and hashes", async () => {
  await using scene = await twoGateways();
  const report = await carry(scene.source, scene.target);
  expect(report.conflicts).toEqual([]);
  expect(report.counts).toMatchObject({
    user: 2,
    team: 1,
    membership: 1,
    api_key: 3,
    budget: 2,
    usage_event: 5,
    transfer: 5,
  });
  using before = temporaryDirectory();
  using after = temporaryDirectory();
  await scene.source.archive.writeRecords(before.path);
  await scene.target.archive.writeRecords(after.path);
  for (const name of nouns) expect(text(after.path, name), name).toBe(text(before.path, name));
  const kept = text(after.path, "imported_row.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const rows = kept.filter(({ name }) => name === "usage_event").map(({ record }) => record);
  expect(rows.join("\n")).toBe(text(before.path, "usage_event.jsonl").trim());
  const [total] = await scene.target.ledger.summary({ groupBy: [], limit: 1 });
  expect(total).toMatchObject({ requests: 5, costNanos: 5_000n });
  expect(await scene.target.identity.findKeyByHash(digest(2))).toMatchObject({ key: { id: "key_2" } });
});

test("importing twice changes nothing, and a later export adds what is new", async () => {
  await using scene = await twoGateways();
  await carry(scene.source, scene.target);
  expect(await carry(scene.source, scene.target)).toMatchObject({ counts: {}, conflicts: [] });
  await settleSome(scene.source, "", 2, 6);
  expect(await carry(scene.source, scene.target)).toMatchObject({
    counts: { usage_event: 2, transfer: 2 },
    conflicts: [],
  });
  const [total] = await scene.target.ledger.summary({ groupBy: [], limit: 1 });
  expect(total).toMatchObject({ requests: 7, costNanos: 7_000n });
});

test("F114: what clashes is reported, nothing is overwritten, and what hangs on it stays out", async () => {
  await using scene = await twoGateways();
  await furnish(scene.target, "other_");
  const before = await scene.target.identity.listUsers({ limit: 10 });
  const { conflicts, counts } = await carry(scene.source, scene.target);
  const reasons = conflicts.map(({ kind, id, reason }) => `${kind} ${id}: ${reason}`);
  expect(reasons).toContain("user usr_ada: its email is taken by usr_other_ada");
  expect(reasons).toContain("team team_1: its name is taken by team_other_1");
  expect(reasons).toContain("api_key key_1: what it belongs to was not taken");
  expect(await scene.target.identity.listUsers({ limit: 10 })).toEqual(before);
  expect(counts.api_key).toBeUndefined();
  expect(counts.usage_event).toBe(5);
});

test("F114: the same id with another content stays, and is replaced where that is asked for", async () => {
  await using scene = await twoGateways();
  await carry(scene.source, scene.target);
  await scene.target.identity.updateUser("usr_bob" as UserId, { name: "Robert" }, trail);
  const kept = await carry(scene.source, scene.target);
  expect(kept.conflicts).toEqual([{ kind: "user", id: "usr_bob", reason: "it is here with another content" }]);
  expect(await scene.target.identity.findUser("usr_bob")).toMatchObject({ name: "Robert" });
  const replaced = await carry(scene.source, scene.target, { overwrite: true });
  expect(replaced).toMatchObject({
    counts: { user: 1 },
    conflicts: [],
    notes: [expect.stringContaining("replaced: 1.")],
  });
  expect(await scene.target.identity.findUser("usr_bob")).toMatchObject({ name: "bob" });
});

test("F114, L15: what was revoked or erased here does not come back, whatever is to be overwritten", async () => {
  await using scene = await twoGateways();
  const { source, target } = scene;
  const [key, bob] = ["key_1" as KeyId, "usr_bob" as UserId];
  await carry(source, target);
  await target.identity.revokeKey(key, noon, trail);
  await target.identity.eraseUser(bob, noon, trail);
  for (const overwrite of [false, true]) {
    const { conflicts } = await carry(source, target, { overwrite });
    const ended = conflicts.filter(({ reason }) => reason === "it has ended here").map(({ id }) => id);
    expect(ended.toSorted()).toEqual([key, bob]);
    expect((await target.identity.findKey(key))?.revokedAtMs).toBe(noon);
    expect(await target.identity.findUser(bob)).toBeUndefined();
    expect(await target.identity.findUser("bob@example.com")).toBeUndefined();
  }
});

test("F114: a key that was rotated here is known by none of the secrets that an archive has of it", async () => {
  await using scene = await twoGateways();
  const { source, target } = scene;
  await carry(source, target);
  const next = { tokenHash: digest(77), hashAlg: "hmac-sha256", pepperId: "1", prefix: "tok_test_nxt" } as const;
  await target.identity.rotateKey("key_2" as KeyId, next, 0, trail);
  const { conflicts } = await carry(source, target);
  expect(conflicts.map(({ id }) => id)).toContain("key_2");
  for (const former of [2, 22]) expect(await target.identity.findKeyByHash(digest(former))).toBeUndefined();
  expect(await target.identity.findKeyByHash(digest(77))).toMatchObject({ key: { id: "key_2" } });
});

test("F114: under overwrite no secret that was rotated away here comes back, with or without an overlap", async () => {
  await using scene = await twoGateways();
  const { source, target } = scene;
  await carry(source, target);
  const next = (seed: number) =>
    ({ tokenHash: digest(seed), hashAlg: "hmac-sha256", pepperId: "1", prefix: `tok_test_${seed}` }) as const;
  await target.identity.rotateKey("key_1" as KeyId, next(76), noon + 1_000, rotated("key_1"));
  await target.identity.rotateKey("key_2" as KeyId, next(77), 0, rotated("key_2"));
  await source.identity.updateKey("key_2" as KeyId, { name: "renamed" }, noon, trail);
  await carry(source, target, { overwrite: true });
  for (const former of [2, 22]) expect(await target.identity.findKeyByHash(digest(former))).toBeUndefined();
  expect(await target.identity.findKeyByHash(digest(1))).toMatchObject({ key: { expiresAtMs: noon + 1_000 } });
  expect(await target.identity.findKeyByHash(digest(76))).toMatchObject({ key: { id: "key_1" } });
  expect(await target.identity.findKeyByHash(digest(77))).toMatchObject({ key: { id: "key_2", name: "renamed" } });
});

test("F114: under overwrite a secret that the archive rotated later is taken over", async () => {
  await using scene = await twoGateways();
  const { source, target } = scene;
  await carry(source, target);
  const next = { tokenHash: digest(78), hashAlg: "hmac-sha256", pepperId: "1", prefix: "tok_test_nxt" } as const;
  await target.identity.rotateKey("key_1" as KeyId, { ...next, tokenHash: digest(79) }, noon + 2_000, rotated("key_1"));
  await source.identity.rotateKey("key_1" as KeyId, next, noon + 1_000, rotated("key_1", noon + 1));
  expect(await carry(source, target, { overwrite: true })).toMatchObject({ conflicts: [] });
  expect(await target.identity.findKeyByHash(digest(78))).toMatchObject({ key: { id: "key_1" } });
  expect(await target.identity.findKeyByHash(digest(1))).toMatchObject({ key: { expiresAtMs: noon + 1_000 } });
});

test("F114: under overwrite a key that has expired here does not live on", async () => {
  await using scene = await twoGateways();
  const { source, target } = scene;
  await carry(source, target);
  await target.identity.updateKey("key_1" as KeyId, { expiresAtMs: 1_000 }, noon, trail);
  await carry(source, target, { overwrite: true });
  expect(await target.identity.findKey("key_1" as KeyId)).toMatchObject({ expiresAtMs: 1_000 });
});

test("F114: under overwrite a user who was made inactive here stays so, with whatever else the archive says", async () => {
  await using scene = await twoGateways();
  const { source, target } = scene;
  await carry(source, target);
  await target.identity.updateUser("usr_bob" as UserId, { status: "inactive" }, trail);
  await source.identity.updateUser("usr_bob" as UserId, { name: "Robert" }, trail);
  await carry(source, target, { overwrite: true });
  expect(await target.identity.findUser("usr_bob")).toMatchObject({ name: "Robert", status: "inactive" });
});

test("under overwrite a person known by the same e-mail is one person, with the keys of both", async () => {
  await using scene = await twoGateways();
  await scene.target.identity.createUser(
    {
      id: "usr_here" as UserId,
      tenantId: "usr_here" as never,
      email: "ADA@example.com",
      name: "Ada",
      role: "gateway_admin",
      status: "active",
      createdAtMs: noon,
    },
    trail,
  );
  const { conflicts } = await carry(scene.source, scene.target, { overwrite: true });
  expect(conflicts).toEqual([]);
  expect(await scene.target.identity.findKeyByHash(digest(1))).toMatchObject({
    key: { id: "key_1" },
    user: { id: "usr_here", name: "ada" },
  });
  expect(await scene.target.identity.findUser("usr_ada")).toBeUndefined();
});

test("under overwrite a budget takes the limit of the archive, in the window that runs too, and a key its labels", async () => {
  await using scene = await twoGateways();
  const { source, target } = scene;
  await carry(source, target);
  await source.budgets.updateBudget("bud_1" as BudgetId, { limitNanos: 7n }, trail);
  await source.identity.updateKey("key_1" as KeyId, { labels: ["blue"] }, noon, trail);
  await carry(source, target, { overwrite: true });
  const [state] = await target.budgets.budgetStates({ id: "bud_1" as BudgetId, nowMs: noon });
  expect(state).toMatchObject({ budget: { limitNanos: 7n }, period: { spentNanos: 5_000n, reservedNanos: 0n } });
  expect(await target.budgets.reserve([sampleReservation("req_next", 1n)])).toMatchObject([{ granted: false }]);
  expect((await target.identity.listKeys({ label: "red", limit: 10 })).map(({ id }) => id)).not.toContain(
    "key_1" as KeyId,
  );
  expect(await target.identity.listKeys({ label: "blue", limit: 10 })).toHaveLength(1);
});

test("a dry run says the same and changes nothing", async () => {
  await using scene = await twoGateways();
  const dry = await carry(scene.source, scene.target, { dryRun: true });
  expect(await scene.target.identity.listUsers({ limit: 10 })).toEqual([]);
  expect(await scene.target.audit.listAudit({ limit: 10 })).toEqual([]);
  expect(await carry(scene.source, scene.target)).toEqual(dry);
  expect(await scene.target.audit.listAudit({ limit: 10 })).toHaveLength(1);
});

test("L9, F112: books whose chain is broken, unknown fields and records that cannot be are refused whole", async () => {
  await using scene = await twoGateways();
  const tampered = async (name: string, change: (text: string) => string) => {
    using directory = temporaryDirectory();
    await scene.source.archive.writeRecords(directory.path);
    const path = join(directory.path, name);
    writeFileSync(path, change(readFileSync(path, "utf8")));
    return await rejectionOf(loadFrom(directory, scene.target, { nodeId: scene.source.nodeId }));
  };
  const refused = { code: "invalid_request" };
  expect(
    await tampered("usage_event.jsonl", (all) => all.replace('"cost_nanos":1000', '"cost_nanos":1')),
  ).toMatchObject(refused);
  expect(await tampered("transfer.jsonl", (all) => all.split("\n").slice(1).join("\n"))).toMatchObject(refused);
  expect(await tampered("user.jsonl", (all) => all.replace('"role"', '"admin":1,"role"'))).toMatchObject(refused);
  expect(await tampered("user.jsonl", (all) => all.replace('"gateway_user"', '"emperor"'))).toMatchObject(refused);
  expect(await tampered("api_key.jsonl", (all) => all.replaceAll('"usr_ada"', '"usr_nobody"'))).toMatchObject(refused);
  expect(await tampered("user.jsonl", () => "no json")).toMatchObject(refused);
  expect(await scene.target.identity.listUsers({ limit: 10 })).toEqual([]);
});

test("F114: a digest made with another pepper keeps the name that its pepper has here", async () => {
  await using scene = await twoGateways();
  await carry(scene.source, scene.target, { pepperIds: { "1": "xabc" } });
  using directory = temporaryDirectory();
  await scene.target.archive.writeRecords(directory.path);
  expect(text(directory.path, "api_key.jsonl").match(/"pepper_id":"xabc"/g)).toHaveLength(3);
  expect(text(directory.path, "key_token.jsonl")).toContain('"pepper_id":"xabc"');
});

test("F118: a copy is whole, and holds every row that was acknowledged before it", async () => {
  await using scene = await twoGateways();
  using directory = temporaryDirectory();
  const copied = await scene.source.archive.copyTo(join(directory.path, "gateway.db"));
  expect(copied).toMatchObject({ nodeId: scene.source.nodeId, counts: { usage_event: 5, api_key: 3 } });
  const copy = await openSqliteStores(directory.path);
  expect(await copy.identity.findKey("key_1" as KeyId)).toMatchObject({ name: "key 1" });
  await copy.stop();
});

test("F118: copies that are made while rows come in are whole, and hold what was acknowledged when they began", async () => {
  await using scene = await twoGateways();
  using directory = temporaryDirectory();
  const { source } = scene;
  let [acknowledged, isRunning] = [5, true];
  const writing = (async () => {
    for (; isRunning; acknowledged += 5) await settleSome(source, "", 5, acknowledged + 1);
  })();
  for (const round of [1, 2, 3]) {
    const before = acknowledged;
    const { counts } = await source.archive.copyTo(join(directory.path, `${round}.db`));
    expect(counts.usage_event).toBeGreaterThanOrEqual(before);
    expect(counts.transfer).toBe(counts.usage_event);
  }
  isRunning = false;
  await writing;
});

const rotated = (id: string, atMs = noon) => sampleTrail("rotateKey", id, atMs);

function text(directory: string, name: string): string {
  return readFileSync(join(directory, name), "utf8");
}

async function twoGateways() {
  const directories = [temporaryDirectory(), temporaryDirectory()] as const;
  const [source, target] = [await openSqliteStores(directories[0].path), await openSqliteStores(directories[1].path)];
  await furnish(source);
  const dispose = async (): Promise<void> => {
    await source.stop();
    await target.stop();
    for (const directory of directories) directory[Symbol.dispose]();
  };
  return { source, target, [Symbol.asyncDispose]: dispose };
}

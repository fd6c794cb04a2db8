import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { GatewayError } from "#core/errors.ts";
import { exportRow } from "#core/evidence/export-row.ts";
import type { LedgerRow } from "#core/ledger/entry.ts";
import { streams } from "#core/evidence/stream.ts";
import { Retention } from "#core/evidence/retention.ts";
import type { RowArchive } from "#core/evidence/row-archive.ts";
import { verifyStream } from "#core/evidence/verify.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { createRowArchive } from "#integrations/archive/row-archive-directory.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import { type Books, emptyBooks } from "./books-of.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const dayMs = 86_400_000;

let books: Books;
let directory: ReturnType<typeof temporaryDirectory>;

beforeEach(async () => {
  books = await emptyBooks();
  directory = temporaryDirectory();
});

afterEach(async () => {
  await books.stores.close();
  directory[Symbol.dispose]();
});

function retention(
  retentionDays: number,
  archive: RowArchive = createRowArchive(directory.path, syncDirectory),
): Retention {
  const { stores, clock, log, parts } = books;
  const { events, idempotency, sessions } = stores;
  return new Retention({ ...parts, events, idempotency, sessions, archive, retentionDays, clock, log });
}

async function verdicts() {
  const found = await Promise.all(streams.map((stream) => verifyStream(books.parts, stream)));
  return { faults: found.map(({ fault }) => fault), rows: found.map(({ rows }) => rows) };
}

test("old rows go to the archive up to an anchor, whole and with their hashes; verification stays green, totals stay", async () => {
  await books.add(5_000);
  const before = await books.stores.ledger.scan("usage", 0, 5_000);
  books.clock.stepWall(40 * dayMs);
  await books.add(2_000);
  await books.anchors.stop();
  const rows = await books.stores.ledger.scan("usage", 0, 7_000);
  const totals = await books.stores.ledger.summary({ groupBy: ["model"], limit: 10 });
  await retention(30).sweep();
  const base = await books.stores.ledger.chainBase("usage");
  expect(base?.seq).toBe(5_000);
  expect(await verdicts()).toEqual({
    faults: [undefined, undefined, undefined],
    rows: [2_000, expect.any(Number), 20],
  });
  expect(await books.stores.ledger.checkBalance()).toBeUndefined();
  const after = await books.stores.ledger.summary({ groupBy: ["model"], limit: 10 });
  expect(after).toEqual(totals);
  // And what they say is the sum of the rows, those that are gone too.
  const sum = (read: (row: LedgerRow) => number | bigint | undefined): bigint =>
    rows.reduce((total, row) => total + BigInt(read(row) ?? 0), 0n);
  expect(after).toMatchObject([
    {
      requests: 7_000,
      inputTokens: Number(sum(({ inputTokens }) => inputTokens)),
      outputTokens: Number(sum(({ outputTokens }) => outputTokens)),
      cachedTokens: Number(sum(({ cachedTokens }) => cachedTokens)),
      reasoningTokens: Number(sum(({ reasoningTokens }) => reasoningTokens)),
      costNanos: sum(({ costNanos }) => costNanos),
    },
  ]);
  const file = readdirSync(directory.path).find((name) => name.startsWith("usage-"));
  const text = gunzipSync(readFileSync(join(directory.path, file ?? ""))).toString();
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toEqual(before.map((row) => ({ ...exportRow("usage", row) })));
  expect(readdirSync(directory.path).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("the chain goes on after its rows were archived, and can be archived again", async () => {
  await books.add(3_000);
  books.clock.stepWall(40 * dayMs);
  await books.add(3_000);
  await retention(30).sweep();
  books.clock.stepWall(40 * dayMs);
  await books.add(1_000);
  await books.anchors.stop();
  await retention(30).sweep();
  expect(readdirSync(directory.path).filter((name) => name.startsWith("usage-"))).toHaveLength(2);
  expect((await books.stores.ledger.chainBase("usage"))?.seq).toBeGreaterThan(5_000);
  expect((await verdicts()).faults).toEqual([undefined, undefined, undefined]);
  expect(await books.stores.ledger.checkBalance()).toBeUndefined();
  expect((await books.stores.ledger.head("usage"))?.seq).toBe(7_000);
});

test("L4: what was reported counts once for ever, also when its row has gone to the archive", async () => {
  const { ledger } = books.stores;
  const reported = sampleSettlement("report:usr_1:event-1", { protocol: "report", atMs: books.clock.now() });
  await ledger.settle([reported]);
  const known = await ledger.reported("report:usr_1:event-1");
  await books.add(2_000);
  books.clock.stepWall(40 * dayMs);
  await books.anchors.stop();
  await retention(30).sweep();
  expect(await ledger.logs({ requestId: "report:usr_1:event-1", limit: 1 })).toEqual([]);
  const totals = await ledger.summary({ groupBy: [], limit: 1 });
  await ledger.settle([reported]);
  expect(await ledger.summary({ groupBy: [], limit: 1 })).toEqual(totals);
  expect((await ledger.head("usage"))?.seq).toBe(2_001);
  expect(known).toMatchObject({ seq: 1, costNanos: reported.entry.costNanos });
  expect(await ledger.reported("report:usr_1:event-1")).toEqual(known);
  expect(() => books.database.run("DELETE FROM reported_event")).toThrow("append-only");
  expect((await verdicts()).faults).toEqual([undefined, undefined, undefined]);
});

test("rows before the chain's beginning can be dropped, the others cannot, and none can be changed", async () => {
  await books.add(2_000);
  await books.anchors.stop();
  const { ledger } = books.stores;
  const [anchor] = await ledger.anchors({ stream: "usage", limit: 1 });
  if (anchor === undefined) throw new Error("There is no anchor.");
  await ledger.moveChainBase({ ...anchor, seq: 1_000, archivedAtMs: 0, file: "usage" });
  expect(() => books.database.run("DELETE FROM usage_event WHERE seq = 1001")).toThrow("append-only");
  expect(() => books.database.run("UPDATE usage_event SET cost_nanos = 0 WHERE seq = 1")).toThrow("append-only");
  expect(await ledger.dropArchivedRows("usage", 10_000)).toBe(1_000);
  expect(() => books.database.run("DELETE FROM chain_base")).toThrow("append-only");
});

test("L9: whoever deletes rows and calls them archived is found out, at an anchor too", async () => {
  await books.add(2_000);
  await books.anchors.stop();
  const { ledger } = books.stores;
  const [anchor] = await ledger.anchors({ stream: "usage", upToSeq: 1_500, limit: 1 });
  if (anchor === undefined) throw new Error("There is no anchor.");
  await ledger.moveChainBase({ ...anchor, archivedAtMs: 0, file: "gone" });
  await ledger.dropArchivedRows("usage", 10_000);
  expect((await verifyStream(books.parts, "usage")).fault).toEqual({ seq: anchor.seq, reason: "anchor" });
});

test("rows that do not hold are not archived: they are the evidence", async () => {
  await books.add(2_000);
  await books.anchors.stop();
  books.database.run("DROP TRIGGER usage_event_never_updated");
  books.database.run("UPDATE usage_event SET output_tokens = 7 WHERE seq = 77");
  books.clock.stepWall(40 * dayMs);
  await expect(retention(30).sweep()).rejects.toThrow("Row 77 of usage");
  expect(await books.stores.ledger.chainBase("usage")).toBeUndefined();
});

test("an archive that cannot be written leaves every row where it is", async () => {
  await books.add(2_000);
  await books.anchors.stop();
  books.clock.stepWall(40 * dayMs);
  const full: RowArchive = { keep: () => Promise.reject(new GatewayError("storage_failed", "There is no room.")) };
  await expect(retention(30, full).sweep()).rejects.toThrow("no room");
  expect((await books.stores.ledger.scan("usage", 0, 1))[0]?.seq).toBe(1);
  expect(existsSync(directory.path) && readdirSync(directory.path)).toEqual([]);
});

test("broken off after the file was written, or before all rows were dropped, it is finished the next time", async () => {
  await books.add(2_000);
  await books.anchors.stop();
  books.clock.stepWall(40 * dayMs);
  const directoryArchive = createRowArchive(directory.path, syncDirectory);
  const dying: RowArchive = {
    async keep(name, lines) {
      await directoryArchive.keep(name, lines);
      throw new GatewayError("unavailable", "killed");
    },
  };
  await expect(retention(30, dying).sweep()).rejects.toThrow("killed");
  expect((await verdicts()).rows[0]).toBe(2_000);
  await retention(30).sweep();
  const { ledger } = books.stores;
  expect((await ledger.chainBase("usage"))?.seq).toBe(2_000);
  expect((await ledger.scan("usage", 0, 10)).map(({ seq }) => seq)).toEqual([2_000]);
  expect(readdirSync(directory.path).filter((name) => name.startsWith("usage-"))).toHaveLength(1);
  expect((await verdicts()).faults).toEqual([undefined, undefined, undefined]);
});

test("it begins by itself a minute after the start, and an archive that fails for hours is one line", async () => {
  await books.add(2_000);
  await books.anchors.stop();
  books.clock.stepWall(40 * dayMs);
  let tries = 0;
  const full: RowArchive = {
    keep: () => {
      tries += 1;
      return Promise.reject(new GatewayError("storage_failed", "There is no room."));
    },
  };
  const keeper = retention(30, full);
  await keeper.start();
  for (let hour = 0; hour < 3; hour += 1) await books.clock.run(3_600_000);
  await keeper.stop();
  expect(tries).toBe(3);
  expect(books.log.events.filter((event) => event === "retention_failed")).toHaveLength(1);
});

test("with 0 days nothing of the books ever goes", async () => {
  await books.add(2_000);
  await books.anchors.stop();
  books.clock.stepWall(4_000 * dayMs);
  await retention(0).sweep();
  expect(await books.stores.ledger.chainBase("usage")).toBeUndefined();
  expect((await verdicts()).rows[0]).toBe(2_000);
});

test("T-34 however many rows are old, each step reads, writes and drops a bounded number of them", async () => {
  await books.add(5_000);
  await books.anchors.stop();
  books.clock.stepWall(40 * dayMs);
  const rows: number[] = [];
  const { ledger } = books.parts;
  const counted: typeof ledger = new Proxy(ledger, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...given: unknown[]): Promise<unknown> => {
        const answer: unknown = await Reflect.apply(member, target, given);
        if (name === "scan") rows.push(Array.isArray(answer) ? answer.length : 0);
        if (name === "dropArchivedRows") rows.push(Number(answer));
        if (name === "checkRows") rows.push(Number(given[2]));
        return answer;
      };
    },
  });
  const pieces: number[] = [];
  const archive: RowArchive = {
    async keep(_name, lines) {
      for await (const piece of lines) pieces.push(piece.split("\n").length - 1);
    },
  };
  const { clock, log, parts, stores } = books;
  await new Retention({ ...parts, ...stores, ledger: counted, archive, retentionDays: 30, clock, log }).sweep();
  expect((await stores.ledger.chainBase("usage"))?.seq).toBe(5_000);
  expect(Math.max(...rows, ...pieces)).toBeLessThanOrEqual(1_000);
  expect(rows.length).toBeGreaterThan(20);
});

test("F27 answers under idempotency keys are forgotten when their time is over, all of them, few at once", async () => {
  const { idempotency } = books.stores;
  const nowMs = books.clock.now();
  const id = (call: number) => new Uint8Array(32).fill(call);
  for (let call = 0; call < 120; call += 1) {
    const expiresAtMs = call < 110 ? nowMs : nowMs + 1;
    const begun = { id: id(call), fingerprint: id(call), atMs: nowMs - 1, expiresAtMs };
    await idempotency.beginIdempotent(begun);
  }
  const steps: number[] = [];
  const { events, sessions } = books.stores;
  const sweepIdempotent = async (atMs: number, limit: number): Promise<number> => {
    const swept = await idempotency.sweepIdempotent(atMs, limit);
    steps.push(swept);
    return swept;
  };
  const { parts, clock, log } = books;
  const archive = createRowArchive(directory.path, syncDirectory);
  const retention = { ...parts, events, sessions, idempotency: { sweepIdempotent }, archive, retentionDays: 0 };
  await new Retention({ ...retention, clock, log }).sweep();
  expect(steps).toEqual([50, 50, 10]);
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BudgetId } from "#core/effects/ids.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { encodeEntry } from "#integrations/stores/entry-text.ts";
import { leftSpool, SpoolFile, type SpoolHandle } from "#integrations/stores/spool/spool-file.ts";

const kibibyte = 1024;
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spool-"));
  path = join(directory, "spool.jsonl");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const syncNames = (): void => undefined;

async function started(options: Partial<ConstructorParameters<typeof SpoolFile>[0]> = {}): Promise<SpoolFile> {
  const spool = new SpoolFile({ directory, syncNames, reserveBytes: 0, ...options });
  await spool.start();
  return spool;
}

test("what was appended is read again by the next process, in order, money and absent fields intact", async () => {
  const postings = [{ budgetId: "bud_1" as BudgetId, periodStartMs: 0 }];
  const costs = { costNanos: 9_007_199_254_740_993n, overheadNanos: 1n };
  const first = sampleSettlement("req_1", costs, postings);
  const { costNanos: _, priceVersion: __, ...unpriced } = sampleEntry("req_2");
  const second = { entry: unpriced, postings: [] };
  const spool = await started();
  await spool.append([first]);
  await spool.append([second]);
  await spool.stop();

  const next = await started();
  expect(await next.read()).toEqual([first, second]);
  expect(next.bytes).toBe(statSync(path).size);
  await next.stop();
});

test("lines of an older release, which hold a bare entry, are read as settlements that no budget pays", async () => {
  const entry = sampleEntry("req_1");
  writeFileSync(path, `${encodeEntry(entry)}\n`);
  const spool = await started();
  expect(await spool.read()).toEqual([{ entry, postings: [] }]);
  await spool.stop();
});

test("the file is readable by its owner only", async () => {
  const spool = await started();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await spool.stop();
});

test("a last line that was cut short is dropped, and what follows stands on a line of its own", async () => {
  const spool = await started();
  await spool.append([sampleSettlement("req_1")]);
  await spool.stop();
  appendFileSync(path, '{"requestId":"req_2","atM');

  const next = await started();
  await next.append([sampleSettlement("req_3")]);
  expect((await next.read()).map(({ entry }) => entry.requestId as string)).toEqual(["req_1", "req_3"]);
  await next.stop();
});

test("damage before the end is reported by line, never skipped", async () => {
  writeFileSync(path, "not json\n{}\n");
  await expect(started()).rejects.toMatchObject({ code: "storage_corrupt", details: { line: 1 } });
});

test("a cleared spool is empty for this process and the next", async () => {
  const spool = await started();
  await spool.append([sampleSettlement("req_1")]);
  await spool.clear();
  expect(await spool.read()).toEqual([]);
  expect(spool.bytes).toBe(0);
  await spool.stop();
  expect(readFileSync(path, "utf8")).toBe("");
});

test("moved to another file it leaves the first to its next owner; what was left there is read, and forgotten once it is in the books", async () => {
  const spool = await started();
  await spool.moveTo("spool.handover.jsonl");
  await spool.append([sampleSettlement("req_1")]);
  const next = await started();
  expect([await next.read(), spool.bytes > 0]).toEqual([[], true]);
  await spool.stop();
  const left = leftSpool(directory, "spool.handover.jsonl", syncNames);
  expect(await left.rows()).toEqual([sampleSettlement("req_1")]);
  await left.forget();
  expect([await left.rows(), existsSync(join(directory, "spool.handover.jsonl"))]).toEqual([[], false]);
  await left.forget();
  await next.stop();
});

test("a file that cannot be moved to leaves it where it was", async () => {
  writeFileSync(join(directory, "spool.handover.jsonl"), "not json\n{}\n");
  const spool = await started();
  await expect(spool.moveTo("spool.handover.jsonl")).rejects.toMatchObject({ code: "storage_corrupt" });
  await spool.append([sampleSettlement("req_1")]);
  expect(await spool.read()).toEqual([sampleSettlement("req_1")]);
  await spool.stop();
});

test("a place that cannot be used is reported as storage_failed", async () => {
  writeFileSync(path, "");
  const spool = new SpoolFile({ directory: join(path, "below-a-file"), syncNames, reserveBytes: 0 });
  await expect(spool.start()).rejects.toMatchObject({ code: "storage_failed" });
});

test("on a full disk the spool lives on its reserve, then says full and keeps what it has", async () => {
  const reserve = join(directory, "spool.reserve");
  const quota = 2100 * kibibyte;
  const spool = await started({ reserveBytes: 2048 * kibibyte, openFile: (file) => withinQuota(file, reserve, quota) });
  await reserveFilled(reserve, 2048 * kibibyte);

  let kept = 0;
  let failure: unknown;
  for (let round = 0; round < 100 && failure === undefined; round += 1) {
    const batch = Array.from({ length: 100 }, (_, index) => sampleSettlement(`req_${round}_${index}`));
    await spool.append(batch).then(
      () => (kept += batch.length),
      (error: unknown) => (failure = error),
    );
  }
  expect(failure).toMatchObject({ code: "storage_failed", details: { reason: "full" } });
  expect(spool.bytes).toBeGreaterThan(1024 * kibibyte);
  expect(statSync(path).size).toBe(spool.bytes);
  expect(await spool.read()).toHaveLength(kept);

  await spool.clear();
  await spool.stop();
});

/** A file on a disk that holds `quota` bytes of spool and reserve together. */
async function withinQuota(path: string, reserve: string, quota: number): Promise<SpoolHandle> {
  const file = await open(path, "w+", 0o600);
  const write = async (buffer: Uint8Array, offset: number, length: number, position: number) => {
    if (position + length + statSync(reserve).size > quota) {
      throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    }
    return file.write(buffer, offset, length, position);
  };
  return Object.assign(Object.create(file), {
    write,
    datasync: () => file.datasync(),
    truncate: (bytes: number) => file.truncate(bytes),
    close: () => file.close(),
  });
}

async function reserveFilled(path: string, bytes: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!existsSync(path) || statSync(path).size < bytes) {
    if (Date.now() > deadline) throw new Error("the reserve was not filled in time");
    await Bun.sleep(5);
  }
}

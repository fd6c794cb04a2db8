import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupManifest } from "#integrations/archive/backup-manifest.test-data.ts";
import { measure, packArchive } from "#integrations/archive/pack.ts";
import { type RestoreParts, restoreBackup } from "#integrations/archive/restore-backup.ts";
import { finishSwap, type OnStep } from "#integrations/archive/swap.ts";

const names = ["gateway.db", "spool.jsonl"] as const;
let place: string;
let backup: string;

/** A backup whose database was copied while a row still waited in the spool. */
beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), "restore-"));
  backup = join(place, "backup.tar.gz");
  const files = await Promise.all(
    names.map((name) => {
      const path = join(place, name);
      writeFileSync(path, `new ${name}`);
      return measure(`data/${name}`, path);
    }),
  );
  await packArchive(backup, { ...backupManifest, members: files.map(({ member }) => member) }, files, syncNames);
});
afterEach(() => rmSync(place, { recursive: true }));

/** A data directory whose spool holds a row too. */
function oldDirectory(name: string): string {
  const directory = join(place, name);
  mkdirSync(directory);
  for (const file of [...names, "gateway.db-wal"]) writeFileSync(join(directory, file), `old ${file}`);
  return directory;
}

function restore(directory: string, onStep: OnStep): Promise<unknown> {
  const files = { dataDir: directory, configDir: directory, databasePath: join(directory, "gateway.db") };
  const check: RestoreParts["check"] = async () => ({ counts: {}, nodeId: "node_1", schema: 1 });
  return restoreBackup(backup, undefined, { files, schema: 1, check, nowMs: 0, syncNames, onStep });
}

const syncNames = (): void => undefined;

/** Throws before a step, or before none. */
function breakAt(step: number): OnStep {
  let left = step;
  return (name) => {
    left -= 1;
    if (left === 0) throw new Error(`broken off before ${name}`);
  };
}

const texts = (directory: string) =>
  [...names, "gateway.db-wal"].map((name) =>
    existsSync(join(directory, name)) ? readFileSync(join(directory, name), "utf8") : undefined,
  );
const old = ["old gateway.db", "old spool.jsonl", "old gateway.db-wal"];
const restored = ["new gateway.db", "new spool.jsonl", undefined];

/** Whatever is broken off twice, the third process finds the old files or the new ones, and the old ones aside. */
async function brokenOff(first: number, second: number): Promise<"old" | "new"> {
  const directory = oldDirectory(`broken-${first}-${second}`);
  await restore(directory, breakAt(first)).catch(() => undefined);
  try {
    finishSwap(directory, syncNames, breakAt(second));
  } catch {
    finishSwap(directory, syncNames);
  }
  const aside = join(directory, "before-restore-19700101T000000Z");
  const isNew = existsSync(aside);
  expect([first, second, texts(directory)]).toEqual([first, second, isNew ? restored : old]);
  if (isNew) expect([first, second, texts(aside)]).toEqual([first, second, old]);
  const left = readdirSync(directory).filter((name) => name.startsWith(".archive-") || name === "restore.plan");
  expect([first, second, left]).toEqual([first, second, []]);
  return isNew ? "new" : "old";
}

test("F113: broken off before any step, and again while it is completed, a restore loses no row of either spool", async () => {
  const steps: string[] = [];
  await restore(oldDirectory("whole"), (name) => steps.push(name));
  expect(steps).toContain("place spool.jsonl");
  for (let first = 1; first <= steps.length; first += 1) {
    for (let second = 1; second <= steps.length; second += 1) {
      const decided = first > steps.indexOf("commit") + 1;
      expect([first, second, await brokenOff(first, second)]).toEqual([first, second, decided ? "new" : "old"]);
    }
  }
});

test("a restore that fails after it was decided keeps what is needed to complete it", async () => {
  const directory = oldDirectory("failing");
  const failing: OnStep = (name) => {
    if (name === "place gateway.db") throw new Error("broken off");
  };
  await expect(restore(directory, failing)).rejects.toThrow("broken off");
  expect(readdirSync(directory)).toContain("restore.plan");
  expect(finishSwap(directory, syncNames)).toBe(true);
  expect(texts(directory)).toEqual(restored);
});

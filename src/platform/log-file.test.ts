import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { LogFile } from "#platform/log-file.ts";

let directory: string;
let path: string;
let clock: VirtualClock;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "log-"));
  path = join(directory, "gateway.log");
  clock = new VirtualClock();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const text = (name = path): string => readFileSync(name, "utf8");
const opened = (maxBytes = 1_000_000, maxFiles = 3) => new LogFile({ path, maxBytes, maxFiles }, clock);

async function write(log: LogFile, ...lines: string[]): Promise<void> {
  for (const line of lines) {
    log.write(`${line}\n`, () => undefined);
    await log.flush();
  }
}

test("lines are appended in order, to a file that its owner alone may read", async () => {
  const log = opened();
  const done: number[] = [];
  for (let line = 0; line < 100; line += 1) log.write(`${line}\n`, () => done.push(line));
  await log.flush();
  expect(text()).toBe(done.map((line) => `${line}\n`).join(""));
  expect([done.length, statSync(path).mode & 0o777]).toEqual([100, 0o600]);
  await log.close();
  await write(opened(), "after a restart");
  expect(text().endsWith("99\nafter a restart\n")).toBe(true);
});

test("a file that would grow too large is put aside, and the oldest goes", async () => {
  const log = opened(20, 3);
  await write(log, "first line....", "second line...", "third line....", "fourth line...");
  expect([text(), text(`${path}.1`), text(`${path}.2`)]).toEqual([
    "fourth line...\n",
    "third line....\n",
    "second line...\n",
  ]);
  expect(existsSync(`${path}.3`)).toBe(false);
});

test("a single file is begun anew when it is full", async () => {
  await write(opened(20, 1), "first line....", "second line...");
  expect([text(), existsSync(`${path}.1`)]).toEqual(["second line...\n", false]);
});

test("a file that was moved away is begun anew within a second, and at once when told", async () => {
  const log = opened();
  await write(log, "one");
  renameSync(path, `${path}.moved`);
  await write(log, "two");
  expect(existsSync(path)).toBe(false);
  clock.advance(1000);
  await write(log, "three");
  expect([text(`${path}.moved`), text()]).toEqual(["one\ntwo\n", "three\n"]);
  rmSync(path);
  log.reopen();
  await write(log, "four");
  expect(text()).toBe("four\n");
});

test("lines that cannot be written are lost, are counted when it works again, and nobody waits for them", async () => {
  const log = opened();
  await write(log, "one");
  rmSync(directory, { recursive: true });
  clock.advance(1000);
  await write(log, "lost", "lost too");
  Bun.spawnSync(["mkdir", directory]);
  chmodSync(directory, 0o700);
  await write(log, "before it is tried again");
  clock.advance(1000);
  await write(log, "back", "and on");
  expect(text()).toBe('{"level":"warn","event":"log_lines_lost","lines":3}\nback\nand on\n');
});

test("a disk that is full loses lines and nothing else, and the log goes on when there is room", async () => {
  symlinkSync("/dev/full", path);
  const log = opened();
  await write(log, "one", "two");
  rmSync(path);
  clock.advance(1000);
  await write(log, "three");
  expect(text()).toBe('{"level":"warn","event":"log_lines_lost","lines":2}\nthree\n');
});

test("two processes with one log, as in a takeover, lose no line and put no file aside that is not full", async () => {
  const [one, other] = [opened(40, 10), opened(40, 10)];
  const lines = Array.from({ length: 12 }, (_, line) => `line ${String(line).padStart(2, "0")}....`);
  for (const [index, line] of lines.entries()) await write(index % 2 === 0 ? one : other, line);
  const files = [path, ...[1, 2, 3, 4, 5, 6].map((number) => `${path}.${number}`)].filter((name) => existsSync(name));
  const kept = files.map((name) => text(name).trimEnd().split("\n"));
  expect(kept.flat().toSorted()).toEqual(lines);
  expect(kept.slice(1).every(({ length }) => length >= 2)).toBe(true);
});

test("behind a link the file that it leads to is put aside, and what is no file stays where it is", async () => {
  const real = join(directory, "elsewhere.log");
  symlinkSync(real, path);
  await write(opened(20, 3), "first line....", "second line...");
  expect([text(real), text(`${real}.1`), lstatSync(path).isSymbolicLink()]).toEqual([
    "second line...\n",
    "first line....\n",
    true,
  ]);
  rmSync(path);
  symlinkSync("/dev/null", path);
  await write(opened(20, 3), "first line....", "second line...");
  expect([readlinkSync(path), existsSync(`${path}.1`)]).toEqual(["/dev/null", false]);
});

test("where nothing can be put aside the file goes on, and no line is lost", async () => {
  mkdirSync(join(directory, "gateway.log.1", "in the way"), { recursive: true });
  await write(opened(20, 2), "first line....", "second line...", "third line....");
  expect(text()).toBe("first line....\nsecond line...\nthird line....\n");
});

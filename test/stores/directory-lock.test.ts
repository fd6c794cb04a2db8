import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";
import { spawnUntil } from "./child-lines.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

test("F66: a second daemon on the same directory is refused, a lock left by kill -9 is taken over", async () => {
  using directory = temporaryDirectory();
  const lock = new DirectoryLock(directory.path);
  const holder = await spawnUntil("hold-lock.ts", directory.path, 1);
  expect(() => lock.acquire()).toThrow(expect.objectContaining({ code: "unavailable", exitCode: 69 }));
  await holder.kill();
  lock.acquire();
  lock.release();
});

test("a lock is for one holder, inside one process too, until it is released", () => {
  using directory = temporaryDirectory();
  const [first, second] = [new DirectoryLock(directory.path), new DirectoryLock(directory.path)];
  first.acquire();
  first.acquire();
  expect(() => second.acquire()).toThrow(expect.objectContaining({ code: "unavailable" }));
  first.release();
  first.release();
  second.acquire();
  second.release();
});

test("a directory that cannot be used is a wrong setting", () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, "file"), "");
  const lock = new DirectoryLock(join(directory.path, "file"));
  expect(() => lock.acquire()).toThrow(expect.objectContaining({ code: "config_invalid" }));
  writeFileSync(join(directory.path, "gateway.lock"), "something else ".repeat(100));
  const blocked = new DirectoryLock(directory.path);
  expect(() => blocked.acquire()).toThrow(/gateway\.lock is in the way of the lock; move it away/);
});

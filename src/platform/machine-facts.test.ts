import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { descriptorLimit, fileSize, freeSpace, nearestExisting } from "#platform/machine-facts.ts";

test("the soft limit of open files is read", () => {
  const limits = (soft: string) =>
    `Limit  Soft Limit  Hard Limit  Units\nMax open files            ${soft}    8192    files\n`;
  expect(descriptorLimit(limits("1024"))).toBe(1024);
  expect(descriptorLimit(limits("unlimited"))).toBe(Number.MAX_SAFE_INTEGER);
  expect(descriptorLimit("")).toBeUndefined();
});

test("free space is asked where a directory would be made", () => {
  const missing = join(tmpdir(), "no-such-directory", "below");
  expect(nearestExisting(missing)).toBe(tmpdir());
  expect(freeSpace(missing).bytes).toBeGreaterThan(0);
  expect(fileSize(missing, "file")).toBeUndefined();
});

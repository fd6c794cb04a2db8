import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writePrivateFile } from "#settings/change/write-file.ts";
import { readTextFile } from "#settings/read-text-file.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "write-file-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const mode = (path: string): number => statSync(path).mode & 0o777;

test("file and missing directories are private, nothing else is left behind", () => {
  const path = join(directory, "a", "b.ini");
  writePrivateFile(path, "x = ä\n");
  writePrivateFile(path, "x = 2\n");
  expect(readFileSync(path, "utf8")).toBe("x = 2\n");
  expect([mode(path), mode(join(directory, "a"))]).toEqual([0o600, 0o700]);
  expect(readdirSync(join(directory, "a"))).toEqual(["b.ini"]);
});

test("a symbolic link stays one", () => {
  const target = join(directory, "real.yaml");
  const link = join(directory, "config.yaml");
  writeFileSync(target, "old");
  symlinkSync(target, link);
  writePrivateFile(link, "new");
  expect(readlinkSync(link)).toBe(target);
  expect(readFileSync(target, "utf8")).toBe("new");
});

test("what root edits stays its owner's", () => {
  const path = join(directory, "setting.ini");
  writeFileSync(path, "old");
  const owner = process.getuid?.() === 0 ? { uid: 4321, gid: 4322 } : {};
  if (owner.uid !== undefined) chownSync(path, owner.uid, owner.gid);
  writePrivateFile(path, "new");
  expect(statSync(path)).toMatchObject(owner);
  expect([readFileSync(path, "utf8"), mode(path)]).toEqual(["new", 0o600]);
});

test("what cannot be written is named", () => {
  writeFileSync(join(directory, "file"), "");
  const path = join(directory, "file", "below");
  expect(() => writePrivateFile(path, "x")).toThrow(`cannot write ${path}`);
});

test("a file that is not there is no text, a directory is an error", () => {
  expect(readTextFile(join(directory, "none"))).toBeUndefined();
  expect(() => readTextFile(directory)).toThrow(`cannot read ${directory}`);
});

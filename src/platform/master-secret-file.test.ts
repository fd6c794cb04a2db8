import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "#platform/effects.ts";
import { loadMasterSecret } from "#platform/master-secret-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "secret-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("the secret is made once, private, in a private directory, and read again", () => {
  const dataDir = join(directory, "a", "b");
  const first = loadMasterSecret(dataDir, systemRandom);
  expect(first).toHaveLength(32);
  expect(loadMasterSecret(dataDir, systemRandom)).toEqual(first);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir, "master.secret")).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir)).toEqual(["master.secret"]);
});

test("a secret that others may read is refused with the command that mends it", () => {
  loadMasterSecret(directory, systemRandom);
  for (const mode of [0o640, 0o604, 0o666]) {
    chmodSync(join(directory, "master.secret"), mode);
    expect(() => loadMasterSecret(directory, systemRandom)).toThrow(/chmod 600/);
  }
});

test("a damaged secret is never replaced", () => {
  const path = join(directory, "master.secret");
  for (const text of ["", "abc", "z".repeat(64), "0".repeat(63)]) {
    writeFileSync(path, text, { mode: 0o600 });
    expect(() => loadMasterSecret(directory, systemRandom)).toThrow(/does not hold a master secret/);
  }
});

test("a place that cannot hold it is named", () => {
  writeFileSync(join(directory, "file"), "");
  expect(() => loadMasterSecret(join(directory, "file"), systemRandom)).toThrow(/Cannot use .*file\/master\.secret/);
});

test("the first of two makers wins and the other one gets the same secret", () => {
  let inner: Uint8Array | undefined;
  const racing = {
    uniform: () => 0,
    bytes(length: number) {
      inner ??= loadMasterSecret(directory, systemRandom);
      return systemRandom.bytes(length);
    },
  };
  const outer = loadMasterSecret(directory, racing);
  expect(outer).toEqual(inner ?? new Uint8Array());
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
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
import { modeFor, writeConfigurationFile } from "#settings/change/write-file.ts";
import { readTextFile } from "#settings/read-text-file.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "write-file-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const mode = (path: string): number => statSync(path).mode & 0o777;

test("file and missing directories are private, nothing else is left behind", () => {
  const path = join(directory, "a", "b.ini");
  writeConfigurationFile({ path, text: "x = ä\n" });
  writeConfigurationFile({ path, text: "x = 2\n" });
  expect(readFileSync(path, "utf8")).toBe("x = 2\n");
  expect([mode(path), mode(join(directory, "a"))]).toEqual([0o600, 0o700]);
  expect(readdirSync(join(directory, "a"))).toEqual(["b.ini"]);
});

test("a symbolic link stays one", () => {
  const target = join(directory, "real.yaml");
  const link = join(directory, "config.yaml");
  writeFileSync(target, "old");
  symlinkSync(target, link);
  writeConfigurationFile({ path: link, text: "new" });
  expect(readlinkSync(link)).toBe(target);
  expect(readFileSync(target, "utf8")).toBe("new");
});

test("a file that is there keeps its mode, a secret that it had included, and loses no reader by a reference", () => {
  const path = join(directory, "gateway.ini");
  for (const [kept, before, after] of [
    [0o644, "[gateway]\nport = 1\n", "[gateway]\nport = 2\n"],
    [0o640, "[provider.openai]\napi_key = sk-1\n", "[provider.openai]\napi_key = sk-1\nenabled = true\n"],
    [0o644, "", "[provider.openai]\napi_key = ${A}, env://B, file:///c, vault://d\n"],
    [0o600, "", "[provider.openai]\napi_key = sk-2\n"],
  ] as const) {
    writeFileSync(path, before);
    chmodSync(path, kept);
    expect(writeConfigurationFile({ path, text: after })).toBeUndefined();
    expect([readFileSync(path, "utf8"), mode(path)]).toEqual([after, kept]);
  }
});

test.each([
  ["gateway.ini", "[provider.openai]\napi_key = sk-2\n"],
  ["config.yaml", "providers:\n  openai:\n    api_key: sk-2\n"],
])("a secret in %s takes the file away from others, and that is said without it", (name, text) => {
  const path = join(directory, name);
  for (const open of [0o644, 0o640, 0o604]) {
    writeFileSync(path, "");
    chmodSync(path, open);
    const said = writeConfigurationFile({ path, text });
    expect(said).toStartWith(`${path} is for its owner alone now (mode 0600, was 0${open.toString(8)})`);
    expect(said).not.toContain("sk-2");
    expect(mode(path)).toBe(0o600);
  }
});

test("what root edits stays its owner's and its group's", () => {
  const path = join(directory, "setting.ini");
  writeFileSync(path, "old");
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(path, 4321, 4322);
  chmodSync(path, 0o640);
  writeConfigurationFile({ path, text: "new" });
  expect(readFileSync(path, "utf8")).toBe("new");
  expect(mode(path)).toBe(0o640);
  if (isRoot) expect(statSync(path)).toMatchObject({ uid: 4321, gid: 4322 });
});

test("what one group could read is not for another, unless it is for all", () => {
  expect([0o640, 0o660, 0o644, 0o604, 0o600].map((kept) => modeFor(kept, true))).toEqual([
    0o640, 0o660, 0o644, 0o604, 0o600,
  ]);
  expect([0o640, 0o660, 0o644, 0o664, 0o600].map((kept) => modeFor(kept, false))).toEqual([
    0o600, 0o600, 0o644, 0o644, 0o600,
  ]);
});

test("what cannot be written is named", () => {
  writeFileSync(join(directory, "file"), "");
  const path = join(directory, "file", "below");
  expect(() => writeConfigurationFile({ path, text: "x" })).toThrow(`cannot write ${path}`);
});

test("a file that is not there is no text, a directory is an error", () => {
  expect(readTextFile(join(directory, "none"))).toBeUndefined();
  expect(() => readTextFile(directory)).toThrow(`cannot read ${directory}`);
});

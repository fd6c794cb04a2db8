import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version as packageVersion } from "../package.json" with { type: "json" };
import { buildFacts, versionOf } from "./build-facts.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "build-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function git(...words: string[]): void {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "tag.gpgsign=false"];
  const env = { ...process.env, GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z", GIT_CONFIG_GLOBAL: "/dev/null" };
  const { success, stderr } = Bun.spawnSync(["git", "-C", directory, ...identity, ...words], { env });
  if (!success) throw new Error(stderr.toString());
}

test("a tag is the version, later and changed states say so", () => {
  git("init", "--quiet");
  writeFileSync(join(directory, "file"), "1");
  git("add", "file");
  git("commit", "--quiet", "--message", "one");
  expect(buildFacts(directory, {}).version).toMatch(new RegExp(`^${RegExp.escape(packageVersion)}\\+[0-9a-f]{7,}$`));
  git("tag", "v1.2.3");
  expect(buildFacts(directory, {})).toMatchObject({ version: "1.2.3", builtAt: "2026-01-02T03:04:05.000Z" });
  writeFileSync(join(directory, "file"), "2");
  expect(buildFacts(directory, {}).version).toBe("1.2.3-dirty");
});

test("without git it is the package's version, and the time may be given", () => {
  expect(versionOf(undefined)).toBe(packageVersion);
  expect(buildFacts(directory, { SOURCE_DATE_EPOCH: "0" })).toEqual({
    version: packageVersion,
    commit: "unknown",
    builtAt: "1970-01-01T00:00:00.000Z",
  });
});

test("DIST_VERSION is the version whatever the commit says, a tag's v left away", () => {
  const given = (version: string): string => buildFacts(directory, { DIST_VERSION: version }).version;
  for (const version of ["1.2.3", "1.2.3-rc.1", "0.1.0+d453cbe-dirty", "1.2.3-4-gabcdef"]) {
    expect([given(version), given(`v${version}`)]).toEqual([version, version]);
  }
  expect(given("")).toBe(packageVersion);
});

test.each(["1.2", "latest", "1.2.3 ", "1.2.3-", "1.2.3/../x", "1.2.3\n"])("%j is no DIST_VERSION", (words) => {
  expect(() => buildFacts(directory, { DIST_VERSION: words })).toThrow("DIST_VERSION is no version: ");
});

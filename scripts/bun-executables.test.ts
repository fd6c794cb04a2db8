import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bunExecutable, packageOf } from "./bun-executables.ts";
import { targets } from "./dist/targets.ts";

const folder = mkdtempSync(join(tmpdir(), "executables-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An archive as npm packs it, and a repository whose lock file names it with this digest, or with its own. */
function packed(name: string, integrity?: string): { repository: string; cache: string; pack: () => string } {
  const repository = join(folder, name);
  mkdirSync(join(repository, "package/bin"), { recursive: true });
  writeFileSync(join(repository, "package/bin/bun.exe"), "an executable");
  const archive = join(repository, "archive.tgz");
  Bun.spawnSync(["tar", "-czf", archive, "-C", repository, "package"]);
  const own = `sha512-${new Bun.CryptoHasher("sha512").update(readFileSync(archive)).digest("base64")}`;
  const bun = { version: "1.2.3", integrity: integrity ?? own, license: "MIT" };
  const packages = { "": {}, "node_modules/@oven/bun-windows-x64": bun };
  writeFileSync(join(repository, "package-lock.json"), JSON.stringify({ packages }));
  return { repository, cache: join(repository, "cache"), pack: () => archive };
}

test("Bun for another machine is fetched once, at the version of the lock file", () => {
  const { repository, cache, pack } = packed("whole");
  const asked: string[] = [];
  const fetch = (): string =>
    bunExecutable(repository, "bun-windows-x64", cache, (specifier) => {
      asked.push(specifier);
      return pack();
    });
  expect(readFileSync(fetch(), "utf8")).toBe("an executable");
  expect(fetch()).toBe(fetch());
  expect(asked).toEqual(["@oven/bun-windows-x64@1.2.3"]);
});

test("an archive with another digest than the lock file's is refused, and nothing of it stays", () => {
  const { repository, cache, pack } = packed("other", "sha512-other");
  expect(() => bunExecutable(repository, "bun-windows-x64", cache, pack)).toThrow(
    "is not what package-lock.json names",
  );
  expect(readdirSync(cache)).toEqual([]);
  expect(() => bunExecutable(repository, "bun-plan9-x64", cache, pack)).toThrow("names no @oven/bun-plan9-x64");
});

test("the lock file names Bun for every target of a release", () => {
  const lock = readFileSync("package-lock.json", "utf8");
  for (const { bun } of targets) expect(lock).toContain(`"node_modules/${packageOf(bun)}"`);
});

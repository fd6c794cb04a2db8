/** Packages for Alpine, where a release has them. No apk is at hand: they are only read. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { everywhere, redHat } from "./package-contents.ts";
import { checksums, release, settings, sha256 } from "./released.ts";

const scratch = mkdtempSync(join(tmpdir(), "apk-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("an apk, where a release has one, needs a C++ library and holds the same files without a unit", async () => {
  const packages = [...checksums().keys()].filter((name) => name.endsWith(".apk"));
  expect(packages).toHaveLength(settings.targets.filter(({ npm }) => npm.libc === "musl").length);
  for (const name of packages) {
    const folder = mkdtempSync(join(scratch, "apk-"));
    await Bun.$`tar -xzf ${join(release, name)} -C ${folder}`.quiet();
    const information = readFileSync(join(folder, ".PKGINFO"), "utf8");
    expect(information).toContain("pkgname = tokligence\n");
    expect(information).toContain("depend = libstdc++\n");
    const files = [...new Bun.Glob("**/*").scanSync(folder)].map((path) => `/${path}`);
    expect(files.toSorted()).toEqual(
      [...everywhere.filter((path) => !path.endsWith("environment")), ...redHat].toSorted(),
    );
    const archive = join(release, name.replace(/\.apk$/, "_musl.tar.gz"));
    const inArchive = await Bun.$`tar -xzf ${archive} -O --wildcards "*/tokligence" | sha256sum`.text();
    expect(inArchive.slice(0, 64)).toBe(sha256(join(folder, "usr/bin/tokligence")));
    rmSync(folder, { recursive: true });
  }
}, 130_000);

/** That a commit gives the same bytes: a second release of this machine's target beside the first, and what `make dist` built. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executableOf } from "../../scripts/dist/dist-settings.ts";
import { checksums, host, hostArchive, hostPlatform, settings, sha256, theOne, unpack } from "./released.ts";

const scratch = mkdtempSync(join(tmpdir(), "reproducible-"));
const again = join(scratch, "release");

beforeAll(async () => {
  await Bun.$`bun scripts/goreleaser-snapshot.ts`
    .env({ ...process.env, DIST_DIR: scratch, DIST_TARGETS: "host" })
    .quiet();
}, 400_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The lines of the second release that the first one has differently. */
function differing(pattern: RegExp): string[] {
  const [first, second] = [checksums(), checksums(again)];
  const names = [...second.keys()].filter((name) => pattern.test(name));
  expect(names).not.toEqual([]);
  return names.filter((name) => first.get(name) !== second.get(name));
}

test("the same commit gives the same archives", () => {
  expect(differing(/\.tar\.(gz|xz)$/)).toEqual([]);
});

test("the same commit gives the same Linux packages", () => {
  expect(differing(/\.deb$/)).toEqual([]);
  expect(differing(/\.rpm$/)).toEqual([]);
});

test("the same commit gives the same bill of materials", () => {
  expect(differing(/_sbom\.cdx\.json$/)).toEqual([]);
});

test("archives and packages hold the executable of make dist, byte for byte", async () => {
  const built = sha256(executableOf(settings, host));
  const { folder } = await unpack(hostArchive(), scratch);
  expect(sha256(join(folder, host.program))).toBe(built);
  const deb = join(scratch, "deb");
  await Bun.$`dpkg-deb --extract ${theOne(new RegExp(`_${hostPlatform}\\.deb$`))} ${deb}`;
  expect(sha256(join(deb, "usr/bin/tokligence"))).toBe(built);
  const rpm = theOne(new RegExp(`_${hostPlatform}\\.rpm$`));
  const digests = await Bun.$`rpm -qp --queryformat "[%{FILENAMES} %{FILEDIGESTS}\n]" ${rpm}`.quiet().text();
  expect(digests).toContain(`/usr/bin/tokligence ${built}\n`);
});

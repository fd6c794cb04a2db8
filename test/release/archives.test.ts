/** The archives of a release, of the targets in DIST_TARGETS: `make release-check` for this machine's, `make snapshot` for all. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Glob } from "bun";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { checksums, hostArchive, release, settings, sha256, unpack } from "./released.ts";

const scratch = mkdtempSync(join(tmpdir(), "archives-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const archives = (): string[] => [...checksums().keys()].filter((name) => /\.(tar\.gz|tar\.xz|zip)$/.test(name));

test("goreleaser accepts .goreleaser.yaml", async () => {
  const { exitCode, stderr } = await Bun.$`.cache/goreleaser/goreleaser check`.nothrow().quiet();
  expect([exitCode, stderr.toString()]).toEqual([0, expect.stringContaining("1 configuration file(s) validated")]);
});

test("checksums.txt names whatever is for users, in order, and each has its checksum", () => {
  const lying = readdirSync(release).filter((name) => /\.(tar\.gz|tar\.xz|zip|deb|rpm|apk|json)$/.test(name));
  const installers = [...new Glob("install.*").scanSync("packaging/install")];
  const forUsers = lying.filter((name) => name.startsWith("tokligence"));
  const named = checksums();
  expect([...named.keys()]).toEqual([...forUsers, ...installers].toSorted());
  for (const [name, sum] of named) {
    expect(sum).toBe(sha256(join(installers.includes(name) ? "packaging/install" : release, name)));
  }
});

test("every chosen target has its archive, called what the executable says that it is", () => {
  const expected = settings.targets.flatMap(({ name, npm }) => {
    const formats = npm.os === "win32" ? ["zip"] : npm.os === "linux" ? ["tar.gz", "tar.xz"] : ["tar.gz"];
    const platform = name.replaceAll("-", "_");
    return formats.map((format) => `tokligence_${settings.version}_${platform}.${format}`);
  });
  expect(archives().toSorted()).toEqual(expected.toSorted());
});

test("every archive holds the executable, its licenses, templates, profiles, completion and the manual", async () => {
  const templates = [...new Glob("{config,profiles}/**/*").scanSync(".")];
  for (const name of archives().filter((each) => !each.endsWith(".xz"))) {
    const { folder, files } = await unpack(join(release, name), scratch);
    const executable = name.includes("windows") ? "tokligence.exe" : "tokligence";
    const shells = ["bash", "fish", "zsh"].map((shell) => `completion/tokligence.${shell}`);
    expect(basename(folder)).toBe(name.replace(/\.(tar\.gz|zip)$/, ""));
    const licenses = ["LICENSE", "THIRD_PARTY_LICENSES"];
    expect(files).toEqual(
      [...licenses, "README.md", executable, "man/tokligence.1", ...shells, ...templates].toSorted(),
    );
    for (const license of licenses) expect(sha256(join(folder, license))).toBe(sha256(license));
    rmSync(folder, { recursive: true });
  }
}, 300_000);

test("for Linux there is the same as tar.xz, in at most 45 MB", async () => {
  const small = archives().filter((name) => name.endsWith(".xz"));
  expect(small).not.toEqual([]);
  for (const name of small) {
    expect(statSync(join(release, name)).size).toBeLessThanOrEqual(45_000_000);
    const [one, other] = await Promise.all([
      Bun.$`xz -dc ${join(release, name)} | sha256sum`.text(),
      Bun.$`gzip -dc ${join(release, name.replace(/xz$/, "gz"))} | sha256sum`.text(),
    ]);
    expect(one).toBe(other);
  }
}, 300_000);

test("out of the archive it says its version, writes a configuration and serves", async () => {
  const { folder } = await unpack(hostArchive(), scratch);
  await using gateway = new GatewayProcess({ program: [join(folder, "tokligence")], workingDirectory: folder });
  expect(await gateway.cli("version")).toEqual({ exitCode: 0, stdout: `tokligence ${settings.version}\n`, stderr: "" });
  expect((await gateway.cli("init", "--yes", "--force")).exitCode).toBe(0);
  await gateway.serve();
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  expect(await gateway.stop()).toBe(0);
});

test("the manual page is what its reader expects, as mandoc sees it", async () => {
  const { stdout } = await Bun.$`mandoc -T lint packaging/man/tokligence.1`.nothrow().quiet();
  const complaints = stdout.toString().trim().split("\n");
  // A date would be out of date with every change of a flag.
  expect(complaints.filter((line) => !line.includes("missing date"))).toEqual([]);
});

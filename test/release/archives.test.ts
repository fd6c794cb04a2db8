/**
 * What a release consists of: of this machine's target, built here twice, or with RELEASE_DIR of whatever lies there.
 * `make release-check` and `make snapshot` bring GoReleaser.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Glob } from "bun";
import { buildFacts } from "../../scripts/build-facts.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";

const scratch = mkdtempSync(join(tmpdir(), "release-"));
const given = process.env["RELEASE_DIR"];
const release = given === undefined ? join(scratch, "one") : resolve(given);
const { version } = buildFacts(".", process.env);

async function snapshot(directory: string): Promise<void> {
  await Bun.$`bun scripts/goreleaser-snapshot.ts --host ${directory}`.quiet();
}

beforeAll(async () => {
  if (given === undefined) await snapshot(release);
}, 130_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const archives = (): string[] =>
  readdirSync(release)
    .filter((name) => /\.(tar\.gz|zip)$/.test(name))
    .toSorted();
const sha256 = (path: string): string => new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
const checksums = (directory: string): string => readFileSync(join(directory, "checksums.txt"), "utf8");

/** Every file of an archive by its path below the one folder that the archive has. */
async function unpack(name: string): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
  const into = mkdtempSync(join(scratch, "unpacked-"));
  const path = join(release, name);
  // Python's reading of zip files is there wherever the tests run.
  await (
    name.endsWith(".zip") ? Bun.$`python3 -m zipfile -e ${path} ${into}` : Bun.$`tar -xzf ${path} -C ${into}`
  ).quiet();
  const folder = join(into, name.replace(/\.(tar\.gz|zip)$/, ""));
  expect(readdirSync(into)).toEqual([name.replace(/\.(tar\.gz|zip)$/, "")]);
  return { folder, files: [...new Glob("**/*").scanSync(folder)].toSorted() };
}

test("goreleaser accepts .goreleaser.yaml", async () => {
  const { exitCode, stderr } = await Bun.$`.cache/goreleaser/goreleaser check`.nothrow().quiet();
  expect([exitCode, stderr.toString()]).toEqual([0, expect.stringContaining("1 configuration file(s) validated")]);
});

test("checksums.txt names every archive, and each has its checksum", () => {
  const lines = archives().map((name) => `${sha256(join(release, name))}  ${name}\n`);
  expect(checksums(release)).toBe(lines.join(""));
});

test("an archive of every target is called what the executable says that it is", () => {
  const platforms = archives().map((name) => name.replace(`tokligence_${version}_`, ""));
  const host = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}.tar.gz`;
  const every = ["darwin_amd64", "darwin_arm64", "linux_amd64", "linux_amd64_musl", "linux_arm64", "linux_arm64_musl"];
  expect(platforms.toSorted()).toEqual(
    given === undefined ? [host] : [...every.map((name) => `${name}.tar.gz`), "windows_amd64.zip"].toSorted(),
  );
});

test("every archive holds the executable, the license, templates, profiles, completion and the manual", async () => {
  const templates = [...new Glob("{config,profiles}/**/*").scanSync(".")];
  for (const name of archives()) {
    const { folder, files } = await unpack(name);
    const executable = name.includes("windows") ? "tokligence.exe" : "tokligence";
    const shells = ["bash", "fish", "zsh"].map((shell) => `completion/tokligence.${shell}`);
    expect(files).toEqual(["LICENSE", "README.md", executable, "man/tokligence.1", ...shells, ...templates].toSorted());
    expect(sha256(join(folder, "LICENSE"))).toBe(sha256("LICENSE"));
    rmSync(folder, { recursive: true });
  }
}, 130_000);

test("the executable is the one that scripts/build.ts makes, byte for byte", async () => {
  const { folder } = await unpack(hostArchive());
  const built = join(scratch, "tokligence");
  await Bun.$`bun scripts/build.ts --outfile ${built}`.quiet();
  expect(sha256(join(folder, "tokligence"))).toBe(sha256(built));
});

test("the same commit gives the same archives", async () => {
  const again = join(scratch, "again");
  await snapshot(again);
  const line = new RegExp(`^.*  ${RegExp.escape(hostArchive())}$`, "m");
  expect(line.exec(checksums(again))?.[0]).toBe(line.exec(checksums(release))?.[0] ?? "none");
}, 130_000);

test("out of the archive it says its version, writes a configuration and serves", async () => {
  const { folder } = await unpack(hostArchive());
  await using gateway = new GatewayProcess({ program: [join(folder, "tokligence")], workingDirectory: folder });
  expect(await gateway.cli("version")).toEqual({ exitCode: 0, stdout: `tokligence ${version}\n`, stderr: "" });
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

/** The archive for this machine; a second one with another C library is not it. */
function hostArchive(): string {
  const suffix = `_${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}.tar.gz`;
  const found = archives().find((name) => name.endsWith(suffix));
  if (found === undefined) throw new Error(`No archive ends in ${suffix}.`);
  return found;
}

/** install.sh where something is wrong: it says what, in one line, and leaves what was there. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ended } from "../harness/ended.ts";
import { eventually } from "../harness/eventually.ts";
import { installer, Newcomer } from "./newcomer.ts";
import { hostPlatform } from "./released.ts";
import { ReleaseSite, smallSite } from "./release-site.ts";

const old = "#!/bin/sh\necho tokligence 1.0.0\n";
/** Both archives of this machine. */
const archives = ["tar.gz", "tar.xz"].map((form) => `tokligence_9.9.9_${hostPlatform}.${form}`);

/** Runs install.sh where version 1.0.0 is, and expects the line, an exit code that is not 0, and version 1.0.0 alone. */
async function expectRefusal(person: Newcomer, line: string, environment: Readonly<Record<string, string>> = {}) {
  person.owns(old);
  const { exitCode, stderr } = await person.install(environment);
  expect([exitCode, stderr]).toEqual([1, `install.sh: ${line}\n`]);
  expectOldAlone(person);
}

function expectOldAlone(person: Newcomer): void {
  expect(person.files()).toEqual([".local", ".local/bin", ".local/bin/tokligence"]);
  expect(readFileSync(person.installed, "utf8")).toBe(old);
}

test("a wrong checksum installs nothing, be the archive another or the line missing", async () => {
  await using site = await smallSite();
  await using other = await smallSite("echo tokligence 9.9.9; echo and more");
  using person = new Newcomer(site.url);
  for (const name of archives) site.files.set(name, other.files.get(name) ?? "");
  await expectRefusal(person, `the checksum of ${archives[1]} is wrong: nothing was installed.`);
  for (const name of archives) site.files.set(name, new Blob([]));
  await expectRefusal(person, `the checksum of ${archives[1]} is wrong: nothing was installed.`);
});

test("what is not there is named by its address", async () => {
  await using site = await smallSite();
  using person = new Newcomer(site.url);
  for (const name of archives) site.files.delete(name);
  await expectRefusal(person, `cannot download ${site.url}/download/v9.9.9/${archives[1]}`);
  await expectRefusal(person, `cannot download ${site.url}/download/v8.0.0/checksums.txt`, {
    TOKLIGENCE_VERSION: "8.0.0",
  });
  site.files.set("checksums.txt", "nothing of this project\n");
  const platform = archives[0]?.slice("tokligence_9.9.9_".length, -".tar.gz".length);
  await expectRefusal(person, `${site.url}/latest/download has no archive for ${platform}.`);
});

test("a release that says another version than the one that was wanted is refused", async () => {
  await using site = await smallSite();
  using person = new Newcomer(site.url);
  const moved = new ReleaseSite("9.9.8", { "checksums.txt": String(site.files.get("checksums.txt")) });
  await using _ = moved;
  const wanted = { TOKLIGENCE_VERSION: "9.9.8", TOKLIGENCE_RELEASES: moved.url };
  await expectRefusal(person, `${moved.url}/download/v9.9.8 is of version 9.9.9.`, wanted);
});

test("an executable that does not say its version is not put in the place of one that does", async () => {
  const refused = "the new executable does not run here, nothing was installed. It says:";
  for (const [lines, line] of [
    ["echo tokligence 0.0.1", `${refused} tokligence 0.0.1`],
    ["echo tokligence 9.9.9; exit 3", `${refused} tokligence 9.9.9`],
    ["echo 'Illegal instruction' >&2; echo and more; exit 132", `${refused} Illegal instruction`],
    ["", `${refused} nothing`],
    [
      "echo 'Error loading shared library libstdc++.so.6: No such file' >&2; exit 127",
      "it needs libstdc++, as apk add libstdc++ installs it: nothing was installed.",
    ],
  ] as const) {
    await using site = await smallSite(lines);
    using person = new Newcomer(site.url);
    await expectRefusal(person, line);
  }
});

test("a signature that is wrong or missing is refused where cosign is", async () => {
  await using site = await smallSite();
  using person = new Newcomer(site.url);
  person.pretend("cosign", "exit 1");
  await expectRefusal(person, `cannot download ${site.url}/download/v9.9.9/checksums.txt.sigstore.json`);
  site.files.set("checksums.txt.sigstore.json", "{}");
  const refused = "cosign does not accept the signature of checksums.txt, nothing was installed. It says:";
  await expectRefusal(person, `${refused} nothing`);
  person.pretend("cosign", "echo 'Error: unknown flag: --bundle' >&2; echo and more; exit 1");
  await expectRefusal(person, `${refused} Error: unknown flag: --bundle`);
});

test("machines without an executable are told so before anything is downloaded", async () => {
  await using site = await smallSite();
  for (const [system, processor, line] of [
    ["FreeBSD", "amd64", "there is no executable for FreeBSD."],
    ["Linux", "riscv64", "there is no executable for linux on riscv64."],
    ["Linux", "i686", "there is no executable for linux on i686."],
    ["MINGW64_NT-10.0", "x86_64", "on Windows, run install.ps1 in PowerShell instead."],
  ] as const) {
    using person = new Newcomer(site.url);
    person.pretend("uname", `case $1 in -s) echo ${system} ;; -m) echo ${processor} ;; esac`);
    await expectRefusal(person, line);
  }
  using small = new Newcomer(site.url);
  small.pretend("getconf", "echo 32");
  await expectRefusal(small, "there is no executable for a system of 32 bits.");
  expect(site.requests).toEqual([]);
});

test("without a program that checks or downloads it begins nothing", async () => {
  await using site = await smallSite();
  using unchecked = Newcomer.without(site.url, "sha256sum", "openssl");
  await expectRefusal(unchecked, "one of these is needed: sha256sum shasum openssl.");
  using offline = Newcomer.without(site.url, "curl");
  await expectRefusal(offline, "one of these is needed: curl wget.");
  expect(site.requests).toEqual([]);
});

test("a folder that cannot be written to is named, and so is a directory in the executable's place", async () => {
  await using site = await smallSite();
  using person = new Newcomer(site.url);
  for (const folder of ["/dev/null/bin", "/dev/null"]) {
    const hint = `${folder} cannot be written to: set TOKLIGENCE_INSTALL_DIR.`;
    await expectRefusal(person, hint, { TOKLIGENCE_INSTALL_DIR: folder });
  }
  await expectRefusal(person, "there is no HOME: set TOKLIGENCE_INSTALL_DIR.", { HOME: "" });
  const above = join(person.home, ".local");
  await Bun.$`mkdir ${person.folder}/x && mv ${person.installed} ${person.folder}/x/tokligence`;
  const { exitCode, stderr } = await person.install({ TOKLIGENCE_INSTALL_DIR: `${person.folder}/x/..` });
  expect([exitCode, stderr]).toEqual([0, ""]);
  await Bun.$`rm -r ${person.installed} && mkdir ${person.installed}`;
  expect((await person.install()).stderr).toBe(`install.sh: ${above}/bin/tokligence is a directory.\n`);
  expect(site.requests.filter((path) => path.endsWith("checksums.txt"))).toHaveLength(1);
});

test("a mirror that is not reached by https is refused, unless it is this machine", async () => {
  using person = new Newcomer("http://127.0.0.1.example.com/releases");
  const line = (address: string): string => `TOKLIGENCE_RELEASES is not an https:// address: ${address}`;
  await expectRefusal(person, line("http://127.0.0.1.example.com/releases"));
  const insecure = ["http://example.com", "ftp://example.com", "http://localhost.example.com", "releases"];
  for (const address of [...insecure, "http://localhost:80@example.com"]) {
    await expectRefusal(person, line(address), { TOKLIGENCE_RELEASES: address });
  }
});

test("asked for something, it installs nothing: it takes no arguments", async () => {
  await using site = await smallSite();
  using person = new Newcomer(site.url);
  person.owns(old);
  const line =
    "it takes no arguments, only variables: TOKLIGENCE_VERSION, TOKLIGENCE_INSTALL_DIR, TOKLIGENCE_RELEASES.";
  const script = join(process.cwd(), "packaging/install/install.sh");
  for (const command of [`sh '${script}' --help`, `cat '${script}' | sh -s -- --version 1.2.3`]) {
    const { exitCode, stderr } = await ended(person.start(["/usr/bin/dash", "-c", command]));
    expect([exitCode, stderr]).toEqual([1, `install.sh: ${line}\n`]);
  }
  expectOldAlone(person);
  expect(site.requests).toEqual([]);
});

test("of a list with several versions the first one is taken, and a mirror that answers with a page is refused", async () => {
  await using site = await smallSite();
  using person = new Newcomer(site.url);
  const list = String(site.files.get("checksums.txt"));
  site.files.set("checksums.txt", list + list.replaceAll("9.9.9", "8.8.8"));
  expect(await person.install()).toMatchObject({ exitCode: 0, stderr: "" });
  site.files.set("checksums.txt", "<!doctype html>\n<title>Sign in</title>\n");
  const platform = archives[0]?.slice("tokligence_9.9.9_".length, -".tar.gz".length);
  await expectRefusal(person, `${site.url}/latest/download has no archive for ${platform}.`);
});

test("interrupted in a download, it leaves what was there and nothing of its own", async () => {
  await using site = await smallSite();
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    using person = new Newcomer(site.url);
    person.owns(old);
    for (const name of archives) site.files.set(name, new ReadableStream({ pull: () => new Promise(() => undefined) }));
    const child = person.start(["/usr/bin/dash", join(process.cwd(), "packaging/install/install.sh")]);
    const asked = site.requests.length + 2;
    await eventually("the archive is asked for", () => site.requests.length === asked);
    // To the whole group, as the terminal does.
    process.kill(-child.pid, signal);
    expect((await ended(child)).exitCode).toBe(code);
    expectOldAlone(person);
  }
});

test("cut off at any byte, the script does nothing", async () => {
  await using site = await smallSite();
  using person = new Newcomer(site.url, []);
  const text = installer();
  const call = '{ install_tokligence "$@"; }';
  expect(text).toContain("$(uname ");
  expect(text).toEndWith(`\n${call}\n`);
  for (let length = 0; length < text.length - 1; length += 1) {
    const { stdout, stderr } = Bun.spawnSync(["/usr/bin/dash"], {
      stdin: Buffer.from(text.slice(0, length)),
      env: { PATH: "/none", HOME: person.home, TOKLIGENCE_RELEASES: site.url },
    });
    expect(stdout.toString()).toBe("");
    // What it does first is to ask what this machine is, and here is nobody to ask.
    expect(stderr.toString()).not.toContain("uname");
  }
  expect(person.files()).toEqual([]);
  expect(existsSync(person.folder)).toBe(false);
  expect(site.requests).toEqual([]);
}, 130_000);

/**
 * install.sh as people run it, from releases on loopback: that of this machine in dist/release, which `make release-check` makes,
 * and small ones whose executable is a line of shell.
 */
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ended } from "../harness/ended.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { installer, Newcomer } from "./newcomer.ts";
import { checksums, hostArchive, hostPlatform, release, released } from "./released.ts";
import { ReleaseSite, smallSite } from "./release-site.ts";

/** What GoReleaser made for this machine. */
function realSite(): ReleaseSite & { readonly version: string } {
  const version = basename(hostArchive()).slice("tokligence_".length, -`_${hostPlatform}.tar.gz`.length);
  const site = new ReleaseSite(version, {
    ...Object.fromEntries([...checksums().keys()].map((name) => [name, Bun.file(join(release, name))])),
    "checksums.txt": released("checksums.txt"),
    "install.sh": installer(),
  });
  return Object.assign(site, { version });
}

test("curl | sh installs the executable of the release below the home, and nothing else, and says what is next", async () => {
  await using site = realSite();
  using person = new Newcomer(site.url);
  const line = `curl -fsSL ${site.url}/latest/download/install.sh | sh`;
  const { exitCode, stdout, stderr } = await ended(person.start(["/usr/bin/dash", "-c", line]));
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toContain(
    `Tokligence ${site.version} is installed as ${person.installed}. To remove it: rm '${person.installed}'\n`,
  );
  expect(stdout).toContain(`export PATH="${person.folder}:$PATH"\n`);
  expect(person.files()).toEqual([".local", ".local/bin", ".local/bin/tokligence"]);
  expect(await ended(person.start([person.installed, "version"]))).toMatchObject({
    stdout: `tokligence ${site.version}\n`,
  });
}, 130_000);

test("with busybox alone, as on Alpine, it does the same", async () => {
  await using site = realSite();
  using person = new Newcomer(site.url, ["busybox"]);
  const line = `wget -qO- ${site.url}/latest/download/install.sh | sh`;
  expect(await ended(person.start(["/bin/busybox", "sh", "-c", line]))).toMatchObject({ exitCode: 0, stderr: "" });
  expect(person.files()).toEqual([".local", ".local/bin", ".local/bin/tokligence"]);
  expect(await ended(person.start([person.installed, "version"]))).toMatchObject({
    stdout: `tokligence ${site.version}\n`,
  });
}, 130_000);

test("the executable of a gateway that runs is replaced, and the gateway goes on", async () => {
  await using real = realSite();
  await using site = await smallSite();
  using person = new Newcomer(real.url);
  expect(await person.install()).toMatchObject({ exitCode: 0 });
  await using gateway = await GatewayProcess.start({ program: [person.installed] });
  const { exitCode, stdout } = await person.install({ TOKLIGENCE_RELEASES: site.url });
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("It replaced the one that was there;")]);
  expect(await ended(person.start([person.installed]))).toMatchObject({ stdout: "tokligence 9.9.9\n" });
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  expect(await gateway.stop()).toBe(0);
}, 130_000);

test("root's lands in /usr/local/bin", async () => {
  await using site = await smallSite();
  using person = new Newcomer(site.url);
  person.pretend("id", "echo 0");
  const lines = `mount -t tmpfs none /usr/local/bin && dash "${process.cwd()}/packaging/install/install.sh" && /usr/local/bin/tokligence`;
  const inside = ["unshare", "-rm", "sh", "-c", lines];
  const { exitCode, stdout } = await ended(person.start(inside, { PATH: process.env.PATH ?? "" }));
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("is installed as /usr/local/bin/tokligence.")]);
});

test("it takes the archive of the system, the processor and the C library, the smallest that can be unpacked", async () => {
  await using site = await smallSite();
  const machine = async (lines: Readonly<Record<string, string>>, ...missing: string[]): Promise<string> => {
    using person = Newcomer.without(site.url, ...missing);
    for (const [program, text] of Object.entries(lines)) person.pretend(program, text);
    expect(await person.install()).toMatchObject({ exitCode: 0, stderr: "" });
    return site.requests.at(-1)?.replace("/download/v9.9.9/tokligence_9.9.9_", "") ?? "";
  };
  const uname = (system: string, processor: string) => ({
    uname: `case $1 in -s) echo ${system} ;; -m) echo ${processor} ;; esac`,
    ldd: "echo 'ldd (GNU libc) 2.36'",
    getconf: "echo 64",
  });
  const musl = { ldd: "echo 'musl libc (x86_64)' >&2; exit 1" };
  const translated = { sysctl: '[ "$2" = sysctl.proc_translated ] && echo 1' };
  expect(await machine(uname("Linux", "x86_64"))).toBe("linux_amd64.tar.xz");
  expect(await machine(uname("Linux", "aarch64"), "xz")).toBe("linux_arm64.tar.gz");
  expect(await machine({ ...uname("Linux", "x86_64"), ...musl })).toBe("linux_amd64_musl.tar.xz");
  expect(await machine({ ...uname("Linux", "arm64"), ...musl }, "xz")).toBe("linux_arm64_musl.tar.gz");
  expect(await machine(uname("Darwin", "arm64"), "xz")).toBe("darwin_arm64.tar.gz");
  expect(await machine({ ...uname("Darwin", "x86_64"), sysctl: "exit 1" })).toBe("darwin_amd64.tar.xz");
  expect(await machine({ ...uname("Darwin", "x86_64"), ...translated })).toBe("darwin_arm64.tar.xz");
});

test("TOKLIGENCE_INSTALL_DIR is taken as the shell would, and asks for no home", async () => {
  await using site = await smallSite();
  using person = new Newcomer(site.url);
  mkdirSync(join(person.home, "elsewhere/mine"), { recursive: true });
  const variables = { HOME: "", CDPATH: join(person.home, "elsewhere"), TOKLIGENCE_INSTALL_DIR: "mine" };
  expect(await person.install(variables)).toMatchObject({ exitCode: 0, stderr: "" });
  expect(person.files()).toEqual(["elsewhere", "elsewhere/mine", "mine", "mine/tokligence"]);
});

test("a version is taken from its own release, with or without a v in front", async () => {
  await using site = await smallSite();
  using person = new Newcomer(site.url);
  for (const version of ["9.9.9", "v9.9.9"]) {
    expect(await person.install({ TOKLIGENCE_VERSION: version })).toMatchObject({ exitCode: 0 });
  }
  expect(site.requests.filter((path) => path.startsWith("/latest"))).toEqual([]);
});

test("where cosign is, the signature must be of the release's workflow at its tag", async () => {
  await using site = await smallSite();
  site.files.set("checksums.txt.sigstore.json", "{}");
  using person = new Newcomer(site.url);
  person.pretend("cosign", `printf '%s\\n' "$@" > "$HOME/asked"`);
  expect(await person.install()).toMatchObject({ exitCode: 0 });
  const asked = readFileSync(join(person.home, "asked"), "utf8").split("\n");
  expect(asked).toContain("https://github.com/tokligence/gateway/.github/workflows/release.yml@refs/tags/v9.9.9");
  expect(asked).toContain("https://token.actions.githubusercontent.com");
});

test("shasum or openssl will do for sha256sum, and wget for curl", async () => {
  await using site = await smallSite();
  using openssl = Newcomer.without(site.url, "sha256sum");
  expect(await openssl.install()).toMatchObject({ exitCode: 0 });
  using shasum = Newcomer.without(site.url, "sha256sum", "openssl");
  shasum.pretend("shasum", `[ "$*" = "-a 256" ] && exec ${Bun.which("sha256sum")}`);
  expect(await shasum.install()).toMatchObject({ exitCode: 0 });
  using wget = Newcomer.without(site.url, "curl");
  wget.pretend("wget", `exec ${Bun.which("busybox")} wget "$@"`);
  expect(await wget.install()).toMatchObject({ exitCode: 0 });
});

test("install.ps1 trusts the same signer, and is in the letters that Windows PowerShell reads without a mark", () => {
  const text = readFileSync("packaging/install/install.ps1", "utf8");
  const signer = /https:\/\/github\.com\S+@refs\/tags\/v(?=\$)/i;
  expect(signer.exec(text)?.[0]).toBe(signer.exec(installer())?.[0] ?? "none");
  expect(text).toMatch(/^[\n -~]*$/);
});

test("install.ps1 takes a mirror by https alone, unless it is this machine", () => {
  const text = readFileSync("packaging/install/install.ps1", "utf8");
  const allowed = new RegExp(/\$releases -notmatch '([^']+)'/.exec(text)?.[1] ?? "none");
  const here = ["http://127.0.0.1", "http://localhost:8080", "http://localhost/releases", "http://[::1]:80/x"];
  const elsewhere = [
    "http://example.com",
    "http://localhost.example.com",
    "http://localhost:80@example.com",
    "releases",
  ];
  expect(["https://example.com/releases", ...here].filter((address) => !allowed.test(address))).toEqual([]);
  expect(elsewhere.filter((address) => allowed.test(address))).toEqual([]);
});

test("shellcheck finds nothing in install.sh", async () => {
  const { exitCode, stdout } = await Bun.$`shellcheck packaging/install/install.sh`.nothrow().quiet();
  expect([exitCode, stdout.toString()]).toEqual([0, ""]);
});

/** Packages for Linux, installed, used, upgraded and removed below a folder. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chat } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { everywhere, redHat } from "./package-contents.ts";
import { PackageRoot } from "./package-root.ts";
import { checksums, hostPlatform, settings, theOne } from "./released.ts";

const scratch = mkdtempSync(join(tmpdir(), "linux-packages-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const deb = (): string => theOne(new RegExp(`_${hostPlatform}\\.deb$`));
const rpm = (): string => theOne(new RegExp(`_${hostPlatform}\\.rpm$`));
const firstWords = "To start the gateway now and with the machine: systemctl enable --now tokligence\n";
const unit = "usr/lib/systemd/system/tokligence.service";

/** Where Debian wants what differs from system to system. */
const debian = [
  "/usr/share/doc/tokligence/THIRD_PARTY_LICENSES",
  "/usr/share/doc/tokligence/copyright",
  "/usr/share/zsh/vendor-completions/_tokligence",
];

/** The Debian package as a later version brings it: another number, another line in setting.ini. */
async function laterDeb(): Promise<string> {
  const folder = join(scratch, "later");
  await Bun.$`dpkg-deb --raw-extract ${deb()} ${folder}`.quiet();
  const control = join(folder, "DEBIAN/control");
  writeFileSync(control, readFileSync(control, "utf8").replace(/^Version: .*$/m, "Version: 999.0.0"));
  writeFileSync(join(folder, "etc/tokligence/setting.ini"), "# of the later version\n");
  await Bun.$`dpkg-deb --root-owner-group -Znone --build ${folder} ${folder}.deb`.quiet();
  return `${folder}.deb`;
}

test("every chosen Linux target has its packages, called as the archives are", () => {
  const packages = [...checksums().keys()].filter((name) => /\.(deb|rpm|apk)$/.test(name));
  const expected = settings.targets.flatMap(({ name, npm }) => {
    const formats = npm.os !== "linux" ? [] : npm.libc === "musl" ? ["apk"] : ["deb", "rpm"];
    const platform = name.replace("-musl", "").replace("-", "_");
    return formats.map((format) => `tokligence_${settings.version}_${platform}.${format}`);
  });
  expect(packages.toSorted()).toEqual(expected.toSorted());
});

test("the deb and the rpm say what they need, and hold what belongs to their systems", async () => {
  const files = (text: string): string[] =>
    text.split("\n").filter((path) => path.startsWith("/") && !path.endsWith("/"));
  expect(await Bun.$`dpkg-deb --field ${deb()} Package Depends License Architecture`.text()).toBe(
    `Package: tokligence\nDepends: libc6 (>= 2.17)\nArchitecture: ${hostPlatform.replace("linux_", "")}\n`,
  );
  const listed = (await Bun.$`dpkg-deb --fsys-tarfile ${deb()} | tar -t`.text()).replaceAll(/^\./gm, "");
  expect(files(listed).toSorted()).toEqual([...everywhere, ...debian, `/${unit}`].toSorted());
  const held = await Bun.$`rpm -qp --queryformat "[%{FILEMODES:perms} %{FILENAMES}\n]" ${rpm()}`.quiet().text();
  const plain = held.split("\n").filter((line) => line.startsWith("-"));
  expect(plain.map((line) => line.slice(11)).toSorted()).toEqual([...everywhere, ...redHat, `/${unit}`].toSorted());
  expect(await Bun.$`rpm -qp --requires ${rpm()}`.quiet().text()).toContain("glibc >= 2.17\n");
});

test("installed by dpkg it serves as nobody out of /etc/tokligence, and systemd was told of the unit and started nothing", async () => {
  using root = new PackageRoot();
  const installed = root.dpkg("--install", deb());
  expect([installed.exitCode, installed.said]).toEqual([0, expect.stringContaining(firstWords)]);
  expect(root.asked()).toEqual(["daemon-reload"]);
  expect(statSync(root.path("etc/tokligence/environment")).mode & 0o777).toBe(0o600);
  const port = freePort();
  const served = root.start("serve", "--config-dir", "/etc/tokligence", "--port", String(port));
  const output = new Response(served.stderr).text();
  try {
    const url = `http://127.0.0.1:${port}`;
    await eventually(
      "/readyz answers 200",
      async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200,
      20_000,
    );
    const said = await chat({ url }, { model: "loopback" });
    expect([said.status, await said.text()]).toEqual([200, expect.stringContaining("Hello")]);
    expect(root.has("var/lib/tokligence/gateway.db")).toBe(true);
    expect(statSync(root.path("var/lib/tokligence/gateway.db")).uid).not.toBe(0);
  } finally {
    served.kill("SIGTERM");
    await served.exited;
  }
  expect(await output).not.toContain("internal error");
});

test("an upgrade by dpkg keeps what was edited and restarts what runs; a removal stops it, and a purge leaves the books", async () => {
  using root = new PackageRoot();
  root.dpkg("--install", deb());
  root.asked();
  writeFileSync(root.path("etc/tokligence/setting.ini"), "log_level = debug\n");
  writeFileSync(root.path("etc/tokligence/environment"), "OPENAI_API_KEY=mine\n");
  const upgraded = root.dpkg("--install", await laterDeb());
  expect([upgraded.exitCode, upgraded.said]).toEqual([0, expect.not.stringContaining(firstWords)]);
  expect(root.asked()).toEqual(["daemon-reload", "try-restart tokligence.service"]);
  expect(root.read("etc/tokligence/setting.ini")).toBe("log_level = debug\n");
  expect(root.read("etc/tokligence/environment")).toBe("OPENAI_API_KEY=mine\n");
  Bun.spawnSync(["mkdir", "-p", root.path("var/lib/tokligence")]);
  writeFileSync(root.path("var/lib/tokligence/gateway.db"), "the books");
  expect(root.dpkg("--remove", "tokligence").exitCode).toBe(0);
  expect(root.asked()).toEqual(["disable --now tokligence.service", "daemon-reload"]);
  expect([root.has("usr/bin/tokligence"), root.has("etc/tokligence/setting.ini")]).toEqual([false, true]);
  const purged = root.dpkg("--purge", "tokligence");
  expect(purged.said).toContain("What the gateway has written stays in /var/lib/tokligence.\n");
  expect([root.has("etc/tokligence"), root.has("var/lib/tokligence/gateway.db")]).toEqual([false, true]);
}, 130_000);

test("installed by rpm it says its version; put in anew it keeps what was edited, and removed it leaves that alone", async () => {
  using root = new PackageRoot();
  expect(root.rpm("--install", rpm())).toMatchObject({ exitCode: 0 });
  const said = root.start("version");
  expect([await new Response(said.stdout).text(), await said.exited]).toEqual([`tokligence ${settings.version}\n`, 0]);
  writeFileSync(root.path("etc/tokligence/setting.ini"), "log_level = debug\n");
  expect(root.rpm("--upgrade", "--replacepkgs", rpm())).toMatchObject({ exitCode: 0 });
  expect(root.read("etc/tokligence/setting.ini")).toBe("log_level = debug\n");
  expect(root.rpm("--erase", "tokligence")).toMatchObject({ exitCode: 0 });
  expect([root.has("usr/bin/tokligence"), root.has(unit)]).toEqual([false, false]);
  expect([...new Bun.Glob("**/*").scanSync(root.path("etc/tokligence"))]).toEqual(["setting.ini.rpmsave"]);
});

test("the rpm runs the same scripts, which know an upgrade from an install and a removal by rpm's numbers", async () => {
  const scripts = await Bun.$`rpm -qp --scripts ${rpm()}`.quiet().text();
  const path = (name: string): string => `packaging/linux/${name}.sh`;
  for (const name of ["after-install", "before-remove", "after-remove"]) {
    expect(scripts).toContain(readFileSync(path(name), "utf8").trimEnd());
  }
  using root = new PackageRoot();
  expect(root.script(path("after-install"), "1")).toEqual({ exitCode: 0, said: firstWords });
  expect(root.asked()).toEqual(["daemon-reload"]);
  expect(root.script(path("after-install"), "2")).toEqual({ exitCode: 0, said: "" });
  expect(root.asked()).toEqual(["daemon-reload", "try-restart tokligence.service"]);
  for (const name of ["before-remove", "after-remove"])
    expect(root.script(path(name), "1")).toEqual({ exitCode: 0, said: "" });
  expect(root.asked()).toEqual([]);
  root.script(path("before-remove"), "0");
  root.script(path("after-remove"), "0");
  expect(root.asked()).toEqual(["disable --now tokligence.service", "daemon-reload"]);
});

test("the unit in the packages is the one that `daemon install --system` writes, and systemd finds nothing wrong with it", async () => {
  using root = new PackageRoot();
  root.dpkg("--install", deb());
  const written = root.start("daemon", "install", "--system", "--print");
  const text = await new Response(written.stdout).text();
  const body = (whole: string): string => whole.slice(whole.indexOf("\n"));
  expect(body(root.read(unit))).toBe(body(text));
  expect(text).toContain("ExecStart=/usr/bin/tokligence serve --config-dir /etc/tokligence\n");
  // systemd looks for the program where it runs.
  const path = join(scratch, "tokligence.service");
  writeFileSync(path, root.read(unit).replace("/usr/bin/tokligence", "/bin/true"));
  const environment = { PATH: process.env["PATH"] ?? "", HOME: scratch, XDG_RUNTIME_DIR: scratch, SYSTEMD_COLORS: "0" };
  const analyzed = (...words: string[]): string => {
    const { stdout, stderr } = Bun.spawnSync(["systemd-analyze", ...words, path], { env: environment });
    return `${stdout}${stderr}`;
  };
  expect(analyzed("verify")).toBe("");
  const score = /Overall exposure level for \S+: ([\d.]+)/.exec(
    analyzed("security", "--offline=true", "--no-pager"),
  )?.[1];
  expect(Number(score)).toBeLessThanOrEqual(2);
});

test("`daemon` knows the unit of the package: status names it, install hides it with no other, uninstall leaves it", async () => {
  using root = new PackageRoot();
  root.dpkg("--install", deb());
  const daemon = async (verb: string): Promise<string> => {
    const started = root.start("daemon", verb, "--system");
    const [said, failed] = await Promise.all([
      new Response(started.stdout).text(),
      new Response(started.stderr).text(),
    ]);
    return `${await started.exited} ${said}${failed}`;
  };
  expect(await daemon("status")).toStartWith(`69 Unit     /${unit}\n`);
  expect(await daemon("install")).toBe(
    `1 tokligence: A package has brought /${unit}; to have it started: systemctl enable --now tokligence.service\n`,
  );
  expect(await daemon("uninstall")).toBe(
    `0 /${unit} came with a package and goes with it. To stop it now:\n  systemctl disable --now tokligence.service\n`,
  );
  expect(root.has("etc/systemd/system/tokligence.service")).toBe(false);
});

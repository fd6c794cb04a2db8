import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type CommandResult, ended } from "../harness/ended.ts";
import { testedProgram } from "../harness/gateway.ts";

setDefaultTimeout(60_000);

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "service-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const unitPath = () => join(home, ".config/systemd/user/tokligence.service");
const environmentPath = () => join(home, ".config/tokligence/environment");

async function daemon(...words: string[]): Promise<CommandResult> {
  const child = Bun.spawn([...testedProgram, "daemon", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { HOME: home, PATH: `${join(home, "bin")}:${process.env.PATH}`, XDG_RUNTIME_DIR: join(home, "run") },
  });
  return await ended(child);
}

/** A systemd of the user that keeps what it is told. */
function withSystemd(): () => string[] {
  mkdirSync(join(home, "run/systemd"), { recursive: true });
  writeFileSync(join(home, "run/systemd/private"), "");
  mkdirSync(join(home, "bin"));
  writeFileSync(join(home, "bin/systemctl"), `#!/bin/sh\necho "$*" >> "${home}/told"\n`, { mode: 0o755 });
  return () => readFileSync(join(home, "told"), "utf8").trim().split("\n");
}

test("install writes a unit and a private file for keys, has it started, and uninstall takes back exactly that", async () => {
  const told = withSystemd();
  expect(await daemon("install")).toMatchObject({ exitCode: 0, stderr: "" });
  const unit = readFileSync(unitPath(), "utf8");
  expect(unit).toMatch(new RegExp(`^ExecStart=\\S+.* serve --config-dir ${home}/.config/tokligence$`, "m"));
  expect(unit).toContain(`EnvironmentFile=-${environmentPath()}\n`);
  expect([environmentPath(), dirname(environmentPath())].map((path) => statSync(path).mode & 0o777)).toEqual([
    0o600, 0o700,
  ]);
  expect(told()).toEqual(["--user daemon-reload", "--user enable --now tokligence.service"]);
  expect((await daemon("status")).exitCode).toBe(69);
  expect((await daemon("status")).stdout).toContain("Service  active");
  expect((await daemon("uninstall")).exitCode).toBe(0);
  expect(told().slice(-2)).toEqual(["--user disable --now tokligence.service", "--user daemon-reload"]);
  expect([existsSync(unitPath()), existsSync(environmentPath())]).toEqual([false, false]);
  expect((await daemon("uninstall")).stdout).toStartWith("Nothing is installed");
});

test("uninstall takes back a service that cannot be stopped since it does not run, and leaves one that goes on", async () => {
  withSystemd();
  expect((await daemon("install")).exitCode).toBe(0);
  const systemctl = (isActive: boolean) =>
    writeFileSync(
      join(home, "bin/systemctl"),
      `#!/bin/sh\ncase "$*" in *disable*) exit 5;; *is-active*) exit ${isActive ? 0 : 3};; esac\n`,
    );
  systemctl(true);
  expect([(await daemon("uninstall")).exitCode, existsSync(unitPath())]).toEqual([69, true]);
  systemctl(false);
  expect([(await daemon("uninstall")).exitCode, existsSync(unitPath())]).toEqual([0, false]);
});

test("where nothing runs services it says what to type; keys that somebody wrote down stay", async () => {
  const { stdout, exitCode } = await daemon("install", "--env", "live");
  expect([exitCode, stdout]).toEqual([
    0,
    expect.stringContaining("  systemctl --user enable --now tokligence.service\n"),
  ]);
  expect(readFileSync(unitPath(), "utf8")).toContain(" --env live\n");
  writeFileSync(environmentPath(), "OPENAI_API_KEY=sk-mine\n");
  expect((await daemon("install")).exitCode).toBe(0);
  expect(readFileSync(environmentPath(), "utf8")).toBe("OPENAI_API_KEY=sk-mine\n");
  expect((await daemon("uninstall")).stdout).toContain("stays");
  expect([existsSync(unitPath()), existsSync(environmentPath())]).toEqual([false, true]);
});

test("what is printed is all that happens: for systemd, for the machine and for launchd, anywhere", async () => {
  const user = await daemon("install", "--print");
  expect([user.exitCode, user.stdout]).toEqual([
    0,
    expect.stringMatching(/^# Written by[\s\S]+WantedBy=default\.target\n$/),
  ]);
  const system = await daemon("install", "--system", "--dry-run");
  expect([system.exitCode, system.stdout]).toEqual([0, expect.stringContaining("\nDynamicUser=yes\n")]);
  expect(system.stderr).toContain("database.path /var/lib/tokligence/gateway.db --config-dir /etc/tokligence");
  const mac = await daemon("install", "--target", "launchd", "--print");
  expect([mac.exitCode, mac.stdout]).toEqual([0, expect.stringContaining("<string>serve</string>")]);
  expect(existsSync(join(home, ".config"))).toBe(false);
});

test("a unit that somebody else wrote is left alone, and one that could never run is not written", async () => {
  mkdirSync(join(home, ".config/systemd/user"), { recursive: true });
  writeFileSync(unitPath(), "[Unit]\nDescription=mine\n");
  for (const verb of ["install", "uninstall"]) {
    const { exitCode, stderr } = await daemon(verb);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("was not written by tokligence daemon install")]);
  }
  expect(readFileSync(unitPath(), "utf8")).toBe("[Unit]\nDescription=mine\n");
  const odd = await daemon("install", "--config-dir", join(home, "etc\nExecStartPre=/bin/false"));
  expect([odd.exitCode, odd.stderr]).toEqual([78, expect.stringContaining("holds a character that no unit can name")]);
  const system = await daemon("install", "--system", "--config-dir", join(home, "etc"));
  expect([system.exitCode, system.stderr]).toEqual([
    78,
    expect.stringContaining("Its data must lie in /var/lib/tokligence"),
  ]);
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isOurUnit, type UnitFacts, unitText, usualUnitKind } from "#platform/unit-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "unit-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const facts = (scope: UnitFacts["scope"], ...more: string[]): UnitFacts => ({
  command: ["/bin/true", "serve", "--config-dir", "/etc/tokligence", ...more],
  scope,
  stopSeconds: 45.2,
  environmentPath: "/etc/tokligence/environment",
  logPath: "/var/log/tokligence.log",
});

/** What systemd itself says of a unit. */
function analyzed(text: string, ...words: string[]): { readonly code: number; readonly said: string } {
  const path = join(directory, "tokligence.service");
  writeFileSync(path, text);
  const { exitCode, stdout, stderr } = Bun.spawnSync(["systemd-analyze", ...words, path], {
    env: { PATH: process.env.PATH ?? "", HOME: directory, XDG_RUNTIME_DIR: directory, SYSTEMD_COLORS: "0" },
  });
  return { code: exitCode, said: `${stdout}${stderr}` };
}

test("systemd finds nothing wrong with either unit", () => {
  expect(analyzed(unitText("systemd", facts("system")), "verify")).toEqual({ code: 0, said: "" });
  expect(analyzed(unitText("systemd", facts("user")), "--user", "verify")).toEqual({ code: 0, said: "" });
});

test("the unit of the machine exposes itself by at most 2.0", () => {
  const { said } = analyzed(unitText("systemd", facts("system")), "security", "--offline=true", "--no-pager");
  const score = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
  expect(score).toBeLessThanOrEqual(2);
});

test("whatever stands in the command reaches the program as one word", () => {
  const odd = ["a b", 'say "hi"', "100%", "$HOME", "back\\slash", "plain=1"];
  const line = /^ExecStart=(.*)$/m.exec(unitText("systemd", facts("user", ...odd)))?.[1] ?? "";
  expect(line).toEndWith(`"a b" "say \\"hi\\"" "100%%" "$$HOME" "back\\\\slash" plain=1`);
  expect(analyzed(unitText("systemd", facts("user", ...odd)), "--user", "verify").said).toBe("");
});

test("the plist is sound XML with the same command", () => {
  const text = unitText("launchd", facts("user", "a<b & c"));
  expect(text).toContain("    <string>a&lt;b &amp; c</string>\n");
  expect(text).toContain("<integer>46</integer>");
  const parsed = Bun.spawnSync(
    ["python3", "-c", "import plistlib,sys,json; print(json.dumps(plistlib.load(sys.stdin.buffer)))"],
    { stdin: new TextEncoder().encode(text) },
  );
  expect(JSON.parse(parsed.stdout.toString())).toMatchObject({
    Label: "tokligence",
    ProgramArguments: [...facts("user").command, "a<b & c"],
    KeepAlive: { SuccessfulExit: false },
    ExitTimeOut: 46,
  });
});

test("nothing is left to be filled in, and what we wrote is known again", () => {
  for (const kind of ["systemd", "launchd"] as const) {
    for (const scope of ["user", "system"] as const) {
      const text = unitText(kind, facts(scope));
      expect(text).not.toMatch(/@[A-Z_]+@/);
      expect(isOurUnit(text)).toBe(true);
    }
  }
  expect(isOurUnit("[Unit]\nDescription=Somebody else's tokligence\n")).toBe(false);
});

test("a Mac has launchd, Linux has systemd, and Windows is told what else there is", () => {
  expect(usualUnitKind("darwin")).toBe("launchd");
  expect(usualUnitKind("linux")).toBe("systemd");
  expect(() => usualUnitKind("win32")).toThrow("serve --detach");
});

/** The executable on the command line: quick answers without side effects, and mistakes told in one line. */
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BareMachine } from "../harness/bare-machine.ts";

const verbs = [
  "init",
  "serve",
  "status",
  "stop",
  "daemon",
  "doctor",
  "config",
  "profile",
  "user",
  "team",
  "apikey",
  "budget",
  "prices",
  "usage",
  "ledger",
  "audit",
  "models",
  "route",
  "scheduler",
  "export",
  "import",
  "backup",
  "restore",
  "migrate",
  "launch",
  "bench",
  "completion",
  "version",
];

/** A configuration in the default place that nothing could load. */
function breakConfiguration(machine: BareMachine): void {
  const path = join(machine.home, ".config/tokligence/setting.ini");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "this is = no setting\n[[[");
}

test("version and help answer without touching home or working directory, whatever the configuration says", async () => {
  await using machine = new BareMachine();
  const questions = [
    ["version"],
    ["--version"],
    ["version", "--json"],
    ["--help"],
    ["-h"],
    ["help"],
    ...verbs.map((verb) => [verb, "--help"]),
  ];
  const expectAnswers = async (): Promise<void> => {
    for (const words of questions) {
      const { exitCode, stdout, stderr } = await machine.run(words);
      expect([words, exitCode, stderr]).toEqual([words, 0, ""]);
      expect(stdout).toContain("okligence".slice(words[1] === "--json" ? 9 : 0));
    }
  };
  await expectAnswers();
  expect(machine.homeFiles()).toEqual([]);
  breakConfiguration(machine);
  await expectAnswers();
  expect(readdirSync(machine.directory)).toEqual([]);
});

test("version says from what it was built", async () => {
  await using machine = new BareMachine();
  const { stdout } = await machine.run(["version", "--json"]);
  const facts = JSON.parse(stdout) as Record<string, string>;
  expect(facts).toMatchObject({ bun: Bun.version, built_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) });
  expect(facts["commit"]).toMatch(/^[0-9a-f]{7,}$/);
  expect((await machine.run(["version"])).stdout).toBe(`tokligence ${facts["version"]}\n`);
});

test("--help lists every command", async () => {
  await using machine = new BareMachine();
  const { stdout } = await machine.run(["--help"]);
  expect([...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, verb]) => verb)).toEqual(verbs);
});

test.each([
  [["serv"], "serve"],
  [["statsu"], "status"],
  [["apikey", "creat"], "create"],
  [["config", "explian"], "explain"],
  [["serve", "--prot", "9"], "--port"],
])("%j is a mistake: exit code 2, one line, the nearest name", async (words, near) => {
  await using machine = new BareMachine();
  const { exitCode, stdout, stderr } = await machine.run(words);
  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^tokligence: [^\n]+\n$/);
  expect(stderr).toContain(near);
  expect(machine.homeFiles()).toEqual([]);
});

test("no command at all is a mistake that says where help is", async () => {
  await using machine = new BareMachine();
  const { exitCode, stderr } = await machine.run([]);
  expect([exitCode, stderr.includes("--help")]).toEqual([2, true]);
});

test("T-51 a bad configuration is exit code 78 with file and line, and nothing is made", async () => {
  await using machine = new BareMachine();
  breakConfiguration(machine);
  const { exitCode, stderr } = await machine.run(["serve", "--port", "0"]);
  expect(exitCode).toBe(78);
  expect(stderr).toContain("setting.ini:1");
  expect(machine.homeFiles().filter((name) => name.endsWith(".db"))).toEqual([]);
});

/** The script that tries a channel: what it says of what was built here, and that it does not say so of what is broken. */
import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { distSettings } from "../../scripts/dist/dist-settings.ts";

const { folder, version } = distSettings({ ...process.env, DIST_TARGETS: "host" });
const scratch = mkdtempSync(join(tmpdir(), "smoke-test-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What runs in a folder, as Linux tells it. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(folder);
    } catch {
      // It ended meanwhile, or is another user's.
      return false;
    }
  });
}

/** Runs a script with a folder of temporary files; `left` is what remains there of files and processes. */
async function run(
  script: string,
  ...words: readonly string[]
): Promise<{ readonly said: string; readonly left: string[] }> {
  const temporary = mkdtempSync(join(scratch, "temporary-"));
  const environment = { ...process.env, TMPDIR: temporary };
  const { exitCode, stdout, stderr } = await Bun.$`sh scripts/release/${script} ${words}`
    .env(environment)
    .nothrow()
    .quiet();
  return { said: `${exitCode} ${stdout}${stderr}`, left: [...readdirSync(temporary), ...processesIn(temporary)] };
}

const smoke = (...words: readonly string[]) => run("smoke.sh", ...words);

/** An archive whose program says the version and does what the lines say. */
async function fakeArchive(...lines: readonly string[]): Promise<string> {
  const inside = mkdtempSync(join(scratch, "fake-"));
  mkdirSync(join(inside, "tokligence_fake"));
  const program = join(inside, "tokligence_fake/tokligence");
  writeFileSync(program, ["#!/bin/sh", '[ "$1" != version ] || echo "tokligence 1.2.3"', ...lines, ""].join("\n"));
  chmodSync(program, 0o755);
  await Bun.$`tar -czf ${inside}/fake.tar.gz -C ${inside} tokligence_fake`.quiet();
  return join(inside, "fake.tar.gz");
}

test("what was built for this machine is installed channel by channel, answers, and is taken away again", async () => {
  const built = mkdtempSync(join(scratch, "built-"));
  for (const [name, made] of Object.entries({ files: "release", python: "python/wheels", npm: "npm" })) {
    symlinkSync(join(folder, made), join(built, name));
  }
  const channels = ["archive", "pip", "npm", "installer"];
  const { said, left } = await run("smoke-built.sh", built, version, ...channels);
  const [exitCode, lines] = [said.slice(0, 2), said.slice(2).trimEnd().split("\n")];
  expect([exitCode, lines.map((line) => line.split(" ").slice(0, 2))]).toEqual([
    "0 ",
    channels.map((channel) => ["ok", channel]),
  ]);
  expect(left).toEqual([]);
});

test("a channel that fails is named, and the others are tried all the same", async () => {
  const built = mkdtempSync(join(scratch, "built-"));
  symlinkSync(join(folder, "python/wheels"), join(built, "python"));
  const { said } = await run("smoke-built.sh", built, version, "archive", "pip");
  expect(said).toMatch(/^1 ok pip /);
  expect(said).toEndWith("Failed: archive\n");
});

test("another version than the expected one is refused", async () => {
  const { said, left } = await smoke("archive", await fakeArchive(), "1.2.4");
  expect(said).toMatch(/^1 .*: it says 'tokligence 1\.2\.3', not 'tokligence 1\.2\.4'\n$/);
  expect(left).toEqual([]);
});

test("a program that does not serve is refused, with what it said and without its keys", async () => {
  const fake = await fakeArchive(
    '[ "$1" != serve ] || { echo "no port for tok_adm_abc123"; exit 1; }',
    '[ "$1" != status ]',
  );
  const { said, left } = await smoke("archive", fake, "1.2.3");
  expect(said).toMatch(/^1 .*: serve ended\n {2}no port for \[key\]\n$/);
  expect(left).toEqual([]);
});

test("a program that serves but does not answer is refused, and ended", async () => {
  const pidFile = join(scratch, "pid");
  const fake = await fakeArchive(
    `[ "$1" != serve ] || { echo $$ >${pidFile}; exec sleep 60; }`,
    `[ "$1" != status ] || [ -s ${pidFile} ]`,
  );
  const { said, left } = await smoke("archive", fake, "1.2.3");
  expect(said).toMatch(/^1 (?:.*\n)*.*: no answer\n$/);
  expect(left).toEqual([]);
  const pid = Number(await Bun.file(pidFile).text());
  expect(() => process.kill(pid, 0)).toThrow();
});

test("a machine is called as archives call it, Windows for ARM too, whose shell is one for x64", async () => {
  const folder = mkdtempSync(join(scratch, "uname-"));
  const called = async (system: string, processor: string): Promise<string> => {
    const lines = `case $1 in -s) echo ${system} ;; *) echo ${system} ${processor} ;; esac`;
    writeFileSync(join(folder, "uname"), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    const environment = { PATH: `${folder}:${process.env["PATH"]}` };
    return await Bun.$`sh -c '. scripts/release/machine.sh; echo $system-$processor'`.env(environment).text();
  };
  expect(await called("Linux", "x86_64")).toBe("linux-amd64\n");
  expect(await called("Linux", "aarch64")).toBe("linux-arm64\n");
  expect(await called("Darwin", "arm64")).toBe("darwin-arm64\n");
  expect(await called("MINGW64_NT-10.0-26100", "x86_64")).toBe("windows-amd64\n");
  expect(await called("MINGW64_NT-10.0-26100-ARM64", "x86_64")).toBe("windows-arm64\n");
});

test("an unknown channel is refused", async () => {
  expect((await smoke("carrier-pigeon", "coop", "1.2.3")).said).toMatch(/^1 .*: there is no such channel\n$/);
});

/** Which of the packages npm takes on which machine. The executables are a line of text each: nothing is run. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { distSettings, executableOf } from "../../scripts/dist/dist-settings.ts";
import { targets } from "../../scripts/dist/targets.ts";
import { NpmRegistry } from "./npm-registry.ts";

const scratch = mkdtempSync(join(tmpdir(), "npm-platforms-"));
const environ = { ...process.env, DIST_DIR: scratch, DIST_TARGETS: "all", DIST_VERSION: "1.2.3" };
let registry: NpmRegistry;

beforeAll(() => {
  const settings = distSettings(environ);
  for (const target of settings.targets) {
    mkdirSync(dirname(executableOf(settings, target)), { recursive: true });
    writeFileSync(executableOf(settings, target), target.name);
  }
  const { success, stderr } = Bun.spawnSync([process.execPath, "scripts/dist/dist-npm.ts"], { env: environ });
  if (!success) throw new Error(stderr.toString());
  registry = new NpmRegistry(join(scratch, "npm"), "1.2.3");
}, 130_000);
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
});

async function install(name: string, words: readonly string[]): Promise<string> {
  const folder = join(scratch, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  const child = Bun.spawn(["npm", "install", ...words, "tokligence"], {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: folder,
    env: registry.environment(scratch),
  });
  expect([await child.exited, await child.stderr.text()]).toEqual([0, ""]);
  return join(folder, "node_modules/@tokligence");
}

test("each machine gets the one package with its executable", async () => {
  for (const { name, npm, program } of targets) {
    const libc = npm.libc === undefined ? [] : [`--libc=${npm.libc}`];
    const packages = await install(name, [`--os=${npm.os}`, `--cpu=${npm.cpu}`, ...libc]);
    expect(readdirSync(packages)).toEqual([name]);
    expect(await Bun.file(join(packages, name, "bin", program)).text()).toBe(name);
  }
}, 130_000);

test("a machine that there is no executable for gets the launcher alone, which says so", async () => {
  const packages = await install("none", ["--os=freebsd", "--cpu=x64"]);
  expect(readdirSync(dirname(packages)).filter((name) => !name.startsWith("."))).toEqual(["tokligence"]);
}, 130_000);

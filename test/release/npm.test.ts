/** The packages of dist/npm, installed from a registry as people install them, and run. `make dist-npm` makes them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { distSettings, executableOf } from "../../scripts/dist/dist-settings.ts";
import { mainManifest, packageName, platformManifest } from "../../scripts/dist/npm-packages.ts";
import { npmVersion } from "../../scripts/dist/npm-version.ts";
import { targetOf } from "../../scripts/dist/targets.ts";
import { chat } from "../harness/client.ts";
import { type CommandResult, ended } from "../harness/ended.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { TerminalProcess } from "../harness/terminal-process.ts";
import { archiveName, NpmRegistry } from "./npm-registry.ts";

const settings = distSettings(process.env);
const target = targetOf(process.platform, process.arch);
const executable = executableOf(settings, target);
const version = npmVersion(settings.version);
const archives = [mainManifest(version), platformManifest(target, version)].map(archiveName);
const scratch = mkdtempSync(join(tmpdir(), "npm-"));
const home = join(scratch, "home");
const prefix = join(scratch, "global");
const installed = join(prefix, "bin/tokligence");
let registry: NpmRegistry;

beforeAll(async () => {
  for (const name of archives) {
    const path = join(settings.folder, "npm", name);
    if (!existsSync(path)) throw new Error(`${path} is missing: make dist-npm DIST_TARGETS=host`);
  }
  newProject("home");
  registry = new NpmRegistry(join(settings.folder, "npm"), version);
  await done(["npm", "install", "--global", "--prefix", prefix, "tokligence"]);
}, 130_000);
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
});

/** A folder that npm takes for a project, so that it looks for none in the folders above. */
function newProject(name: string): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  return folder;
}

async function run(words: readonly string[], directory = home): Promise<CommandResult> {
  const env = registry.environment(home);
  return await ended(Bun.spawn([...words], { stdio: ["ignore", "pipe", "pipe"], cwd: directory, env }));
}

async function done(words: readonly string[], directory = home): Promise<string> {
  const { exitCode, stdout, stderr } = await run(words, directory);
  if (exitCode !== 0) throw new Error(`${words.join(" ")}: ${exitCode}\n${stdout}${stderr}`);
  return stdout;
}

async function saysHello(gateway: GatewayProcess): Promise<string> {
  return await (await chat(gateway, { model: "loopback" })).text();
}

/** The gateway behind the launcher, which is the only process that this one has started. */
function executableBelow(launcher: number): number {
  return Number(readFileSync(`/proc/${launcher}/task/${launcher}/children`, "utf8").trim());
}

const versionLine = async (): Promise<string> => await done([executable, "version"]);

test("npx runs it with nothing installed, and fetches the executable of this machine alone", async () => {
  expect(await done(["npx", "--yes", "tokligence", "version"])).toBe(await versionLine());
  expect([...new Set(registry.downloads)].toSorted()).toEqual(archives.toSorted());
}, 130_000);

test("npm install --global puts tokligence on PATH, its manual beside it, and the executable of the archives with its licenses", async () => {
  expect(await done([installed, "version"])).toBe(await versionLine());
  expect(existsSync(join(prefix, "share/man/man1/tokligence.1"))).toBe(true);
  const found = await done(["find", join(prefix, "lib"), "-name", "tokligence", "-type", "f"]);
  expect(readFileSync(found.trim()).equals(readFileSync(executable))).toBe(true);
  const platforms = join(prefix, "lib/node_modules/tokligence/node_modules/@tokligence");
  expect(readdirSync(platforms)).toEqual([target.name]);
  const licenses = readFileSync(join(platforms, target.name, "THIRD_PARTY_LICENSES"), "utf8");
  expect(licenses).toBe(readFileSync("THIRD_PARTY_LICENSES", "utf8"));
});

test("it serves, and ends with 0 on SIGTERM and on SIGINT, as the executable does, and leaves nothing running", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await using gateway = await GatewayProcess.start({ program: [installed] });
    const below = executableBelow(gateway.pid);
    expect(await saysHello(gateway)).toContain("Hello");
    expect(await gateway.stop(signal)).toBe(0);
    expect(existsSync(`/proc/${below}`)).toBe(false);
  }
});

test("what npx serves ends with npx on SIGTERM, which npx passes to nobody, also after SIGHUP had it reload", async () => {
  await using gateway = await GatewayProcess.start({
    program: ["npx", "--yes", "tokligence"],
    environment: registry.environment(home),
    workingDirectory: home,
  });
  expect(await saysHello(gateway)).toContain("Hello");
  const [npx, shell] = [gateway.pid, executableBelow(gateway.pid)];
  expect(npx).not.toBe(shell);
  process.kill(executableBelow(shell), "SIGHUP");
  await eventually("it reloads", () => gateway.stderr.includes('"event":"config_'));
  // This waits for the end of the output, which the gateway holds too.
  await gateway.stop("SIGTERM");
  expect(gateway.stderr).toContain('"event":"draining"');
  expect(await fetch(gateway.url).catch(() => "nobody")).toBe("nobody");
});

test("Ctrl-C in the terminal of npx ends what it serves in good order", async () => {
  const port = freePort();
  // A shell keeps the terminal open, as that of people does.
  const typed = `trap : INT; cd ${home}; npx --yes tokligence serve --port ${port}; echo "ended with $?"; read -r line`;
  await using terminal = new TerminalProcess(["setsid", "--ctty", "sh", "-c", typed], registry.environment(home));
  await terminal.answer("Stop with Ctrl-C.", "\u0003");
  await terminal.sees("draining");
  await terminal.sees("ended with 130");
  await eventually("nobody listens", () =>
    fetch(`http://127.0.0.1:${port}`).then(
      () => false,
      () => true,
    ),
  );
});

test("a gateway that is killed takes the launcher with it, by the same signal", async () => {
  await using gateway = new GatewayProcess({ program: [installed] });
  const launcher = gateway.spawn();
  await eventually("it listens", () => gateway.stdout.includes("listens on"));
  process.kill(executableBelow(launcher.pid), "SIGKILL");
  await gateway.exited();
  expect(launcher.signalCode).toBe("SIGKILL");
});

test("exit codes are the executable's: 2 for a wrong flag, 78 for a configuration that it will not serve", async () => {
  const wrong = await run([installed, "serve", "--no-such-flag"]);
  expect(wrong).toEqual(await run([executable, "serve", "--no-such-flag"]));
  expect(wrong.exitCode).toBe(2);
  await using gateway = new GatewayProcess({
    program: [installed],
    configuration: "[gateway]\nrequest_timeout = long\n",
  });
  gateway.spawn();
  expect(await gateway.exited()).toBe(78);
});

test("in a terminal the wizard asks, and Ctrl-C ends it with 130", async () => {
  const wizard = ["setsid", "--ctty", installed, "init", "--no-detect"];
  await using terminal = new TerminalProcess(wizard, { HOME: home });
  await terminal.answer("Profile to start from", "\u0003");
  await terminal.sees("Nothing was written.");
  expect(await terminal.exited()).toBe(130);
});

test("without the executable it ends with 69 and says the command that brings it, in a project and globally", async () => {
  const project = newProject("without-optional");
  await done(["npm", "install", "--omit=optional", "tokligence"], project);
  await bringsWhatItSays(join(project, "node_modules/.bin/tokligence"), [], project);
  const elsewhere = join(scratch, "global-without");
  const globally = ["--global", "--prefix", elsewhere];
  await done(["npm", "install", ...globally, "tokligence"]);
  // npm installs optional packages globally whatever --omit says.
  rmSync(join(elsewhere, "lib/node_modules/tokligence/node_modules"), { recursive: true });
  await bringsWhatItSays(join(elsewhere, "bin/tokligence"), globally, home);
}, 130_000);

async function bringsWhatItSays(program: string, how: readonly string[], directory: string): Promise<void> {
  const { exitCode, stderr } = await run([program, "version"]);
  expect([exitCode, stderr]).toEqual([69, expect.stringContaining(`${packageName(target)}, the package with the`)]);
  const [, command = ""] = stderr.trimEnd().split("To get it: ");
  expect(command.split(" ").includes("--global")).toBe(how.includes("--global"));
  await done([...command.split(" "), ...how.slice(1)], directory);
  expect(await done([program, "version"])).toBe(await versionLine());
}

test("bun installs and runs it too", async () => {
  const folder = join(scratch, "with-bun");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  await done([process.execPath, "add", "--silent", "tokligence"], folder);
  expect(await done([process.execPath, "x", "--no-install", "tokligence", "version"], folder)).toBe(
    await versionLine(),
  );
}, 130_000);

test("packing twice gives the same bytes", async () => {
  const folder = join(scratch, "dist");
  mkdirSync(folder);
  symlinkSync(join(settings.folder, "go"), join(folder, "go"));
  const environ = { ...process.env, DIST_DIR: folder, DIST_TARGETS: "host", DIST_VERSION: settings.version };
  const { success, stderr } = Bun.spawnSync([process.execPath, "scripts/dist/dist-npm.ts"], { env: environ });
  expect([success, stderr.toString()]).toEqual([true, ""]);
  for (const name of archives) {
    const [once, again] = [settings.folder, folder].map((each) => readFileSync(join(each, "npm", name)));
    expect(again?.equals(once ?? Buffer.alloc(0))).toBe(true);
  }
}, 130_000);

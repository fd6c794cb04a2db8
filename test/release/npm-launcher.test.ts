/** What npm puts on PATH, in front of executables that are lines of shell: streams, signals, and words where there is none. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mainManifest, packageName } from "../../scripts/dist/npm-packages.ts";
import { targetOf, targets } from "../../scripts/dist/targets.ts";
import { type CommandResult, ended } from "../harness/ended.ts";
import { eventually } from "../harness/eventually.ts";
import { TerminalProcess } from "../harness/terminal-process.ts";

const host = packageName(targetOf(process.platform, process.arch));
let scratch: string;
let launcher: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "npm-launcher-"));
  launcher = join(scratch, "node_modules/tokligence/bin/tokligence.cjs");
  put("node_modules/tokligence/package.json", JSON.stringify(mainManifest("1.2.3")));
  cpSync("packaging/npm/tokligence.cjs", launcher);
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function put(path: string, text: string, mode = 0o644): string {
  const whole = join(scratch, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text, { mode });
  return whole;
}

/** Installs a package whose executable is these lines of shell. */
function install(lines: string, name = host, mode = 0o755): void {
  put(`node_modules/${name}/bin/tokligence`, `#!/bin/sh\n${lines}\n`, mode);
}

interface Start {
  readonly stdin?: string;
  /** Lines that Node runs first, to take one machine for another. */
  readonly pretending?: string;
}

function start(words: readonly string[], { stdin = "", pretending = "" }: Start = {}) {
  const preload = put("pretending.cjs", pretending);
  return Bun.spawn(["node", "--require", preload, launcher, ...words], {
    stdio: [Buffer.from(stdin), "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "" },
  });
}

async function run(words: readonly string[], how: Start = {}): Promise<CommandResult> {
  return await ended(start(words, how));
}

const onMusl = "process.report.getReport = () => ({ header: {} });";
const elsewhere = 'Object.defineProperty(process, "arch", { value: "riscv64" });';

test("arguments, input, both outputs and the exit code pass through", async () => {
  install('printf "%s\\n" "$@"; cat; echo words >&2; exit 78');
  const words = ["serve", "", "two words", "--flag=*", `"'\\$HOME`, "two\nlines"];
  expect(await run(words, { stdin: "from the pipe" })).toEqual({
    exitCode: 78,
    stdout: `${words.join("\n")}\nfrom the pipe`,
    stderr: "words\n",
  });
});

test("each signal that ends programs reaches the executable once, and it decides", async () => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const) {
    const log = join(scratch, signal);
    const trap = `trap 'echo ${signal} >> ${log}; exit 7' ${signal.slice(3)}`;
    install(`${trap}; echo ready; while :; do sleep 0.01; done`);
    const child = start([]);
    await child.stdout.getReader().read();
    child.kill(signal);
    expect(await child.exited).toBe(7);
    expect(await Bun.file(log).text()).toBe(`${signal}\n`);
  }
});

test("ended by a signal, it ends by the same one", async () => {
  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT", "SIGSEGV", "SIGUSR1", "SIGUSR2"] as const) {
    install(`kill -${signal.slice(3)} $$`);
    const child = start([]);
    await child.exited;
    expect(child.signalCode).toBe(signal);
  }
});

test("Ctrl-C in a terminal reaches the executable once", async () => {
  const log = join(scratch, "log");
  install(`trap 'echo INT >> ${log}' INT; echo ready; while [ ! -e ${scratch}/end ]; do sleep 0.01; done; exit 5`);
  await using terminal = new TerminalProcess(["setsid", "--ctty", "node", launcher], {});
  await terminal.answer("ready", "\u0003");
  await eventually("the executable hears it", () => Bun.file(log).exists());
  await terminal.sees("^C");
  put("end", "");
  expect(await terminal.exited()).toBe(5);
  expect(await Bun.file(log).text()).toBe("INT\n");
});

test("of both C libraries it takes that of the machine", async () => {
  install("echo glibc", packageName(targetOf("linux", process.arch)));
  install("echo musl", `${packageName(targetOf("linux", process.arch))}-musl`);
  expect((await run([])).stdout).toBe("glibc\n");
  expect((await run([], { pretending: onMusl })).stdout).toBe("musl\n");
});

test("without the package of this machine it says which is missing and how to get it", async () => {
  const { exitCode, stdout, stderr } = await run(["version"]);
  expect([exitCode, stdout]).toEqual([69, ""]);
  expect(stderr).toContain(`tokligence: ${host}, the package with the executable, is not installed.`);
  expect(stderr).toEndWith("To get it: npm install --global --include=optional tokligence@1.2.3\n");
  expect((await run([], { pretending: onMusl })).stderr).toContain(`${host}-musl, the package`);
});

test("in a project it says how to get what is missing there, not for the whole machine", async () => {
  put("package.json", "{}");
  expect((await run(["version"])).stderr).toEndWith("To get it: npm install --include=optional tokligence@1.2.3\n");
});

test("on a machine that there is no executable for it says for which there is one", async () => {
  const known = targets.map((target) => target.name).join(", ");
  expect(await run([], { pretending: elsewhere })).toEqual({
    exitCode: 69,
    stdout: "",
    stderr: `tokligence: there is no executable for ${process.platform} on riscv64, only for ${known}.\n`,
  });
});

test("an executable that does not start is named with the reason", async () => {
  const path = join(scratch, `node_modules/${host}/bin/tokligence`);
  install("", host, 0o644);
  const mayNotRun = `tokligence: ${path} may not be run: its mode, or its file system is mounted noexec.\n`;
  expect(await run([])).toEqual({ exitCode: 69, stdout: "", stderr: mayNotRun });
  put(`node_modules/${host}/bin/tokligence`, "#!/no/such/loader\n");
  await Bun.$`chmod 755 ${path}`;
  const otherLibrary = `tokligence: ${path} does not start here: it is for another C library than this machine's.\n`;
  expect(await run([])).toEqual({ exitCode: 69, stdout: "", stderr: otherLibrary });
});

test("with musl it names the library that is missing there", async () => {
  install("echo 'Error loading shared library libstdc++.so.6' >&2; exit 127", `${host}-musl`);
  const { exitCode, stderr } = await run([]);
  expect(exitCode).toBe(127);
  expect(stderr).toEndWith("tokligence: It needs libstdc++ on a machine with musl: apk add libstdc++\n");
});

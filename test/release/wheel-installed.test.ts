/** The wheel as people have it: installed by pip or uv into an environment of its own, and run. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { distSettings } from "../../scripts/dist/dist-settings.ts";
import { chat } from "../harness/client.ts";
import { type CommandResult, ended } from "../harness/ended.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { PythonEnvironment, wheelFolder } from "../harness/python-environment.ts";

const { version } = distSettings(process.env);
const scratch = mkdtempSync(join(tmpdir(), "wheel-installed-"));
const uv = join(process.cwd(), ".cache/release-tools/bin/uv");
let environment: PythonEnvironment;
let before: readonly string[];

const files = (folder: string): string[] => [...new Glob("**/*").scanSync({ cwd: folder, dot: true })].toSorted();
/** Where the executable lies once it is installed. */
const bundled = (): string => {
  const [path = ""] = files(environment.folder).filter((name) => name.endsWith("tokgateway/bin/tokligence"));
  return join(environment.folder, path);
};

beforeAll(async () => {
  environment = await PythonEnvironment.create();
  before = files(environment.folder);
  await environment.install("tokgateway");
}, 130_000);
afterAll(() => {
  environment[Symbol.dispose]();
  rmSync(scratch, { recursive: true, force: true });
});

/** A home that nobody has used, with the environment's programs first on PATH. */
function freshHome(variables: Readonly<Record<string, string>> = {}): Record<string, string> {
  const home = mkdtempSync(join(scratch, "home-"));
  return { HOME: home, PATH: `${environment.folder}/bin:${process.env["PATH"] ?? ""}`, ...variables };
}

function run(command: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  const env = freshHome(variables);
  return ended(Bun.spawn([...command], { cwd: scratch, env, stdio: ["ignore", "pipe", "pipe"] }));
}

test("tokgateway, tokligence and python -m tokgateway are the executable, and say its version", async () => {
  const said = { exitCode: 0, stdout: `tokligence ${version}\n`, stderr: "" };
  expect(await run(["tokgateway", "version"])).toEqual(said);
  expect(await run(["tokligence", "version"])).toEqual(said);
  expect(await run(["python", "-m", "tokgateway", "version"])).toEqual(said);
});

test("after pip install, `tokgateway init --yes && tokgateway serve` in a new home answers a chat", async () => {
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const variables = freshHome({ TOKLIGENCE_GATEWAY_PORT: String(port) });
  const child = Bun.spawn(["sh", "-c", "tokgateway init --yes && exec tokgateway serve"], {
    cwd: scratch,
    env: variables,
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const ready = () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await eventually("it is ready", ready, 20_000);
    const answer = await chat({ url }, { model: "loopback" });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ object: "chat.completion" });
    // The very process that the shell became: nothing stands between it and its signals.
    expect(readlinkSync(`/proc/${child.pid}/exe`)).toBe(bundled());
  } finally {
    child.kill("SIGTERM");
  }
  expect(await child.exited).toBe(0);
}, 60_000);

test("exit codes are the executable's: 2 for what it does not know, 78 for a configuration that is wrong", async () => {
  const unknown = await run(["tokgateway", "nope"]);
  expect(unknown).toEqual({ exitCode: 2, stdout: "", stderr: expect.stringContaining('Unknown command "nope"') });
  const wrong = await run(["tokgateway", "serve"], { TOKLIGENCE_GATEWAY_PORT: "many" });
  expect(wrong).toEqual({ exitCode: 78, stdout: "", stderr: expect.stringContaining("port") });
});

test("an executable that an installer made a plain file runs all the same", async () => {
  chmodSync(bundled(), 0o644);
  expect((await run(["tokgateway", "version"])).exitCode).toBe(0);
});

test("`tokligence` and its extras that bring nothing install from our wheels alone, and pip finds nothing wrong", async () => {
  await environment.install("tokligence[team,enterprise]", "tokligence-personal");
  expect(await run(["pip", "check"])).toMatchObject({ exitCode: 0, stdout: "No broken requirements found.\n" });
});

test("an extra that brings something asks for it", async () => {
  const missing = await run(["pip", "install", "--no-index", "--find-links", wheelFolder(), "tokligence[chat]"]);
  expect(missing.exitCode).toBe(1);
  expect(missing.stderr).toContain("anthropic>=");
});

test("pip uninstall leaves nothing behind", async () => {
  await run(["tokgateway", "version"]);
  await run(["pip", "uninstall", "--yes", "tokligence", "tokligence-personal", "tokgateway"]);
  const isOurs = (name: string): boolean => !before.includes(name) && !name.includes("__pycache__");
  expect(files(environment.folder).filter(isOurs)).toEqual([]);
});

test("uv tool install puts both names on PATH, and uv tool uninstall takes them back", async () => {
  const folder = mkdtempSync(join(scratch, "uv-"));
  const variables = {
    UV_TOOL_DIR: join(folder, "tools"),
    UV_TOOL_BIN_DIR: join(folder, "bin"),
    UV_CACHE_DIR: join(folder, "cache"),
    UV_OFFLINE: "1",
    UV_PYTHON_DOWNLOADS: "never",
  };
  const installed = await run(
    [uv, "tool", "install", "--no-index", "--find-links", wheelFolder(), "tokgateway"],
    variables,
  );
  expect(installed).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining("Installed 2 executables: tokgateway, tokligence"),
  });
  for (const name of ["tokgateway", "tokligence"]) {
    expect(await run([join(folder, "bin", name), "version"])).toMatchObject({
      exitCode: 0,
      stdout: `tokligence ${version}\n`,
    });
  }
  expect((await run([uv, "tool", "uninstall", "tokgateway"], variables)).exitCode).toBe(0);
  expect(files(join(folder, "bin"))).toEqual([]);
}, 60_000);

test.each(["pip", "uv"])(
  "upgrading an earlier tokligence by %s, which had the command and the package for itself, leaves both in working order",
  async (installer) => {
    using upgraded = await PythonEnvironment.create();
    const python = upgraded.program("python");
    const program =
      installer === "pip"
        ? [python, "-m", "pip", "install"]
        : [uv, "pip", "install", "--offline", `--python=${python}`];
    const install = [...program, "--no-index", `--find-links=${wheelFolder()}`];
    const done = { exitCode: 0 };
    expect(await run([...install, await earlierTokligence()])).toMatchObject(done);
    expect((await run([upgraded.program("tokligence")])).stdout).toBe("earlier\n");
    expect(await run([...install, "--upgrade", "tokligence"])).toMatchObject(done);
    expect((await run([upgraded.program("tokligence"), "version"])).stdout).toBe(`tokligence ${version}\n`);
    const used = await run([python, "-c", "from tokligence import Gateway, Daemon; print(Gateway.__name__)"]);
    expect(used).toEqual({ ...done, stdout: "Gateway\n", stderr: "" });
  },
  130_000,
);

/** A wheel that owns the same names, older than any version of ours. */
async function earlierTokligence(): Promise<string> {
  const wheel = join(mkdtempSync(join(scratch, "earlier-")), "tokligence-0.0.1-py3-none-any.whl");
  const code = `
import sys, zipfile
files = {
    "tokligence/__init__.py": "",
    "tokligence/cli.py": "def main():\\n    print('earlier')\\n",
    "tokligence-0.0.1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: tokligence\\nVersion: 0.0.1\\n",
    "tokligence-0.0.1.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "tokligence-0.0.1.dist-info/entry_points.txt": "[console_scripts]\\ntokligence = tokligence.cli:main\\n",
}
record = "tokligence-0.0.1.dist-info/RECORD"
with zipfile.ZipFile(sys.argv[1], "w") as archive:
    for name, text in files.items():
        archive.writestr(name, text)
    archive.writestr(record, "".join(f"{name},,\\n" for name in [*files, record]))
`;
  await Bun.$`python3 -c ${code} ${wheel}`.quiet();
  return wheel;
}

/** `init` as typed: by flags and on a terminal, into an empty directory and over what is there. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended } from "../../harness/ended.ts";
import { eventually } from "../../harness/eventually.ts";
import { freePort } from "../../harness/free-port.ts";
import { testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { TerminalProcess } from "../../harness/terminal-process.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

/** A directory that is no configuration yet; `using` removes it. */
class EmptyHome implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "init-"));
  readonly configuration = join(this.path, ".config/tokligence");

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What stands in the directory of the configuration; it is the home too, where a runtime may keep a cache. */
const filesOf = ({ configDir }: GatewayProcess): string[] =>
  readdirSync(configDir).filter((name) => !name.startsWith("."));

test("an existing configuration is edited in place, the difference shown first, and a second time nothing is left to do", async () => {
  await using gateway = new GatewayProcess({
    program: testedProgram,
    configuration: "; ours\n[provider.openai]\napi_key = sk-secret-1 ; of ada\n\n[gateway]\nmax_retries = 1 ; few\n",
    environment: { GROQ_API_KEY: "gsk-secret-2" },
  });
  const words = ["init", "--yes", "--set", "gateway.max_retries=3", "--add-provider", "groq", "--set", "routes.q=groq"];
  const { exitCode, stdout, stderr } = await gateway.cli(...words);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("-max_retries = 1 ; few\n+max_retries = 3 ; few\n");
  expect(stdout).not.toMatch(/sk-secret-1|gsk-secret-2/);
  const file = join(gateway.configDir, "dev/gateway.ini");
  expect(readFileSync(file, "utf8")).toBe(
    "; ours\n[provider.openai]\napi_key = sk-secret-1 ; of ada\n\n[gateway]\nmax_retries = 3 ; few\n" +
      "\n[routes]\nq = groq\n\n[provider.groq]\npreset = groq\napi_key = ${GROQ_API_KEY}\n",
  );
  expect([statSync(file).mode & 0o777, filesOf(gateway)]).toEqual([0o600, ["dev"]]);
  const again = await gateway.cli(...words);
  expect([again.exitCode, again.stdout.startsWith("Nothing to change")]).toEqual([0, true]);
});

test("where a gateway runs on it, init says that this one takes the change over, and so it does", async () => {
  await using gateway = await GatewayProcess.start({ program: testedProgram });
  const { exitCode, stdout } = await gateway.cli("init", "--yes", "--set", "routes.fresh=loopback");
  expect([exitCode, stdout]).toEqual([
    0,
    expect.stringContaining(`Process ${gateway.pid} serves it and takes changes over`),
  ]);
  expect(stdout).not.toContain("Start it:");
  await eventually("it is taken over", async () => (await gateway.cli("models")).stdout.includes("fresh"));
});

test("init --profile switches an existing configuration, keeps the rest and says what keeps serve from starting", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram, configuration: "[gateway]\nmax_retries = 1\n" });
  const { exitCode, stderr } = await gateway.cli("init", "--yes", "--profile", "team", "--json");
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining("database.type")]);
  expect((await gateway.cli("config", "get", "profile")).stdout).toBe("team\n");
  expect((await gateway.cli("config", "get", "gateway.max_retries")).stdout).toBe("1\n");
});

test("T-51: what would not load is not written; file and line are said and the exit code is 78, of a slip of a flag 2", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram, configuration: "[gateway]\nmax_retries = 1\n" });
  for (const [words, code, said] of [
    [["--set", "gateway.max_retries=many"], 78, "dev/gateway.ini:2: gateway.max_retries: expected"],
    [["--set", "routes.x=nobody"], 78, 'dev/gateway.ini:5: routes.x: there is no provider "nobody"'],
    [["--set", "gateway.max_retrys=1"], 2, 'did you mean "gateway.max_retries"?'],
    [["--add-provider", "opnai"], 2, 'did you mean "openai"?'],
    [["--add-provider", "openai"], 2, "OPENAI_API_KEY is not set"],
    [["--add-provider", "openai=sk-very-secret"], 2, "never the key itself"],
    [["--host", "http://x"], 78, "dev/gateway.ini:3: gateway.host: expected host name or IP address"],
    [["--email", "nonsense"], 2, "--email takes name@host"],
    [["--profile", "tema"], 78, 'did you mean "team"?'],
  ] as const) {
    const { exitCode, stderr } = await gateway.cli("init", "--yes", ...words);
    expect([words, exitCode, stderr.includes(said)]).toEqual([words, code, true]);
    expect(stderr).not.toContain("sk-very-secret");
  }
  expect(filesOf(gateway)).toEqual(["dev"]);
  expect(readFileSync(join(gateway.configDir, "dev/gateway.ini"), "utf8")).toBe("[gateway]\nmax_retries = 1\n");
});

test("without a terminal and without --yes it shows what it would write, and writes nothing", async () => {
  using home = new EmptyHome();
  const child = Bun.spawn([...testedProgram, "init", "--host", "::1"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "", HOME: home.path },
  });
  const { exitCode, stdout, stderr } = await ended(child);
  expect([exitCode, existsSync(home.configuration)]).toEqual([2, false]);
  expect(stdout).toContain("[gateway]\n  host = ::1\n");
  expect(stderr).toContain("add --yes");
});

test("on a terminal of 80 columns it asks, shows, writes, and ends with the next three commands", async () => {
  using home = new EmptyHome();
  const port = String(freePort());
  const words = ["init", "--no-detect", "--port", port];
  await using terminal = new TerminalProcess([...testedProgram, ...words], { HOME: home.path, NO_COLOR: "1" });
  await terminal.answer("Profile to start from", "\r");
  await terminal.answer("Environment", "\r");
  await terminal.answer("Address to listen on", "\r");
  // The first is OpenAI.
  await terminal.answer("Providers", " ");
  await terminal.answer("◼ OpenAI", "\r");
  await terminal.answer("API key of OpenAI", "sk-typed-1\r");
  await terminal.answer("Ask openai for a list of models?", "n");
  await terminal.answer("E-mail", "ada@example.com\r");
  await terminal.answer("Offer capacity", "n");
  await terminal.answer("Write it?", "y");
  await terminal.sees("tokligence launch claude");
  expect(await terminal.exited()).toBe(0);
  const { text } = terminal;
  expect(text).toContain("api_key = [secret]");
  expect(text).not.toContain("sk-typed-1");
  expect(text.split("\n").filter((line) => Bun.stringWidth(line) > 80)).toEqual([]);
  const steps = [
    "Start it: tokligence serve",
    `curl http://127.0.0.1:${port}/v1/chat/completions`,
    "tokligence launch claude",
  ];
  expect(steps.filter((step) => !text.includes(step))).toEqual([]);
  const written = readFileSync(join(home.configuration, "dev/gateway.ini"), "utf8");
  expect(written).toContain(`\nport = ${port}\n`);
  expect(written).toContain("\n[provider.openai]\napi_key = sk-typed-1\n");
  expect(statSync(join(home.configuration, "dev/gateway.ini")).mode & 0o777).toBe(0o600);
});

test("Ctrl-C at a question leaves nothing written and ends with 130", async () => {
  using home = new EmptyHome();
  await using terminal = new TerminalProcess([...testedProgram, "init", "--no-detect"], { HOME: home.path });
  await terminal.answer("Profile to start from", "\r");
  await terminal.answer("Environment", "\u0003");
  await terminal.sees("Nothing was written.");
  expect(await terminal.exited()).toBe(130);
  expect(terminal.text).toContain("Nothing was written.");
  expect(existsSync(home.configuration)).toBe(false);
});

/** `launch`, with programs in the place of the real agents: those run in test/client-programs. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended } from "../../harness/ended.ts";
import { eventually } from "../../harness/eventually.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../../harness/gateway.ts";

// Processes, that other work on the machine may stretch.
setDefaultTimeout(60_000);

const root = mkdtempSync(join(tmpdir(), "tokligence-launched-"));
const [programs, temporary, home] = ["bin", "tmp", "home"].map((name) => join(root, name)) as [string, string, string];

/** Asks a question with what it was given, tells what it saw, and ends with code 7. */
const asking = `
const { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: key, ANTHROPIC_MODEL: model, ANTHROPIC_API_KEY: other } = process.env;
const said = await Bun.stdin.text();
const body = JSON.stringify({ model, max_tokens: 9, messages: [{ role: "user", content: said }] });
const answer = await fetch(url + "/v1/messages", { method: "POST", body, headers: { authorization: "Bearer " + key } });
const keys = await fetch(url + "/api/v1/keys", { headers: { authorization: "Bearer " + key } });
console.log(JSON.stringify({ words: process.argv.slice(4), text: (await answer.json()).content[0].text, other, keys: keys.status }));
process.exit(7);
`;

/** Says that it runs, and ends with code 3 at the signal. */
const waiting = `
process.on("SIGTERM", () => process.exit(3));
await Bun.write(process.env.RUNNING_FILE, "yes");
setInterval(() => undefined, 1000);
`;

let gateway: GatewayUnderTest;
beforeAll(async () => {
  for (const directory of [programs, temporary, home]) mkdirSync(directory);
  for (const [name, code] of Object.entries({ claude: asking, opencode: waiting })) {
    writeFileSync(join(programs, name), `#!${process.execPath}\n${code}`, { mode: 0o755 });
  }
  gateway = await startGateway({ keys: true, ini: "[routes]\nlittle = loopback/little\n" });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

function start(words: readonly string[], said = "", configDir = gateway.configDir) {
  return Bun.spawn([...testedProgram, "launch", ...words.slice(0, 1), "--config-dir", configDir, ...words.slice(1)], {
    stdio: [new Blob([said]), "pipe", "pipe"],
    env: {
      PATH: programs,
      HOME: home,
      TMPDIR: temporary,
      TOKLIGENCE_ENV: "dev",
      ANTHROPIC_API_KEY: "sk-of-the-user",
      RUNNING_FILE: join(root, "running"),
    },
  });
}

interface LaunchedKey {
  readonly id: string;
  readonly status: string;
  readonly scopes: readonly string[];
  readonly expires_at: string;
}

async function keysOf(tool: string): Promise<LaunchedKey[]> {
  const { stdout } = await gateway.cli("apikey", "list", "--label", `launch=${tool}`, "--json");
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LaunchedKey);
}

test("a tool is given address, key and model, its input, output and exit code are its own, and nothing is left of it", async () => {
  const { exitCode, stdout, stderr } = await ended(
    start(["claude", "--model", "little", "--key-ttl", "1h", "--", "-p", "a b", "--model", "x"], "Good day"),
  );
  expect([exitCode, stderr]).toEqual([7, ""]);
  const { words, ...seen } = JSON.parse(stdout) as { words: string[] };
  expect(words.slice(-4)).toEqual(["-p", "a b", "--model", "x"]);
  // The key calls models and no more; a key of the user's own is out of its sight.
  expect(seen).toEqual({ text: "Good day", keys: 403 } as object);
  expect(readdirSync(temporary)).toEqual([]);
  const [key] = await keysOf("claude");
  expect(key).toMatchObject({ status: "revoked", scopes: ["models:call", "models:read"] });
  expect(Date.parse(key?.expires_at ?? "") - Date.now()).toBeLessThan(3_600_000);
  const [row] = await gateway.logs();
  expect(row).toMatchObject({ key_id: key?.id ?? "", requested_model: "little", tags: ["launch=claude"] });
});

test("a signal is passed on, and key and files are gone after it too", async () => {
  const child = start(["opencode", "--model", "little"]);
  await eventually("the tool runs", () => existsSync(join(root, "running")), 30_000);
  expect((await keysOf("opencode")).map(({ status }) => status)).toEqual(["active"]);
  expect(readdirSync(temporary).length).toBe(1);
  child.kill("SIGTERM");
  expect(await ended(child)).toEqual({ exitCode: 3, stdout: "", stderr: "" });
  expect((await keysOf("opencode")).map(({ status }) => status)).toEqual(["revoked"]);
  expect(readdirSync(temporary)).toEqual([]);
});

test("--print shows environment and command, without a key and without the tool", async () => {
  const { exitCode, stdout } = await ended(start(["codex", "--model", "little", "--print", "--", "exec", "say hi"]));
  expect(exitCode).toBe(0);
  expect(stdout).toContain("export TOKLIGENCE_KEY=tok_...\n");
  expect(stdout).toContain(`base_url="${gateway.url}/v1"`);
  expect(stdout.trimEnd()).toEndWith("exec 'say hi'");
  expect(await keysOf("codex")).toEqual([]);
});

test("--print shows nothing of the user's own settings, which may hold secrets", async () => {
  mkdirSync(join(home, ".gemini"));
  writeFileSync(join(home, ".gemini/settings.json"), '{"mcpServers":{"s":{"env":{"TOKEN":"canary"}}}}');
  const { exitCode, stdout } = await ended(start(["gemini", "--print"]));
  expect([exitCode, stdout.includes("canary")]).toEqual([0, false]);
  expect(stdout).toContain('"selectedType":"gemini-api-key"');
});

test.each([
  [
    "an unknown model",
    ["claude", "--model", "lttle"],
    1,
    /^tokligence: No route takes the model "lttle"\. There are: .*little.*\n$/,
  ],
  [
    "a missing tool",
    ["gemini"],
    69,
    /^tokligence: gemini is not in PATH\. Install Gemini CLI: npm install -g @google\/gemini-cli\n$/,
  ],
  ["a model that must be named", ["opencode"], 2, /^tokligence: opencode needs --model\. There are: .*little.*\n$/],
  ["a small model where there is none", ["codex", "--small-model", "little"], 2, /^tokligence: Codex cannot be told/],
  ["an unknown tool", ["claud"], 2, /Did you mean.*claude/i],
])("%s is told in one line before anything is made", async (_, words, code, line) => {
  const before = await keysOf("claude");
  const { exitCode, stdout, stderr } = await ended(start(words));
  expect([exitCode, stdout]).toEqual([code, ""]);
  expect(stderr).toMatch(line);
  expect(await keysOf("claude")).toEqual(before);
  expect(readdirSync(temporary)).toEqual([]);
});

test("without a gateway it says how to start one", async () => {
  const { exitCode, stderr } = await ended(start(["claude"], "", home));
  expect(exitCode).toBe(69);
  expect(stderr).toContain("tokligence serve --detach");
});

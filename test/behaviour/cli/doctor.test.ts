import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { freePort } from "../../harness/free-port.ts";
import { testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { completion } from "../../harness/upstream-script.ts";

// Processes are started for every case.
setDefaultTimeout(60_000);

/** Every file below the directory with a hash of its bytes, but for what the runtime keeps in a home. */
function contents(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true })
    .map(String)
    .filter((name) => !name.startsWith(".bun") && statSync(join(directory, name)).isFile())
    .map((name) => `${name} ${Bun.hash(readFileSync(join(directory, name)))}`)
    .toSorted();
}

function machineWith(upstream: FakeUpstream): GatewayProcess {
  upstream.script({ body: { object: "list", data: [{ id: "m" }] } });
  const configuration = `[provider.up]\ntype = openai-compatible\nbase_url = ${upstream.url}\napi_key = sk-canary\n[routes]\nm = up\nx-* = up\n`;
  return new GatewayProcess({ program: testedProgram, configuration });
}

test("doctor says 0 before the first start, while it runs and after it, asks for the list of models alone and changes nothing", async () => {
  using upstream = new FakeUpstream();
  await using gateway = machineWith(upstream);
  const examine = async (state: string): Promise<void> => {
    const before = contents(gateway.configDir);
    const { exitCode, stdout, stderr } = await gateway.cli("doctor", "--json");
    const { exit_code: said, findings } = JSON.parse(stdout);
    const failed = findings.filter(({ level }: { level: string }) => level === "fail");
    expect([state, exitCode, said, stderr, failed]).toEqual([state, 0, 0, "", []]);
    expect(stdout).not.toContain("sk-canary");
    expect(stdout).not.toMatch(/"[a-z]+[A-Z]\w*":/);
    // Whoever runs writes there itself.
    if (state !== "running") expect(contents(gateway.configDir)).toEqual(before);
  };
  await examine("never started");
  await gateway.serve();
  await examine("running");
  expect(await gateway.stop()).toBe(0);
  await examine("stopped");
  const heads = async (): Promise<string> => (await gateway.cli("doctor", "--offline")).stdout.replace(/\s+/g, " ");
  expect(await heads()).toContain("ok The newest signed heads of the books hold.");
  gateway.write("master.secret", `${"0".repeat(64)}\n`);
  expect(await heads()).toContain("warn The newest signed head of audit (row ");
  expect(upstream.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(Array(3).fill("GET /v1/models"));
});

test("doctor ends as serve does, and each failure has its fix, in 80 columns of plain text", async () => {
  await using holder = new GatewayProcess({ program: testedProgram });
  await holder.serve();
  const cases = [
    ["a value that means nothing", 78, "[gateway]\nmax_retries = many\n"],
    ["something that is not built yet", 78, "[secrets]\nprovider = vault\n"],
    ["a port that is held", 69, `[gateway]\nport = ${holder.port}\n`],
  ] as const;
  for (const [what, code, configuration] of cases) {
    const port = configuration.includes("port") ? holder.port : freePort();
    const options = { program: testedProgram, configuration, environment: { TOKLIGENCE_GATEWAY_PORT: String(port) } };
    await using gateway = new GatewayProcess(options);
    const { exitCode, stdout, stderr } = await gateway.cli("doctor", "--offline");
    expect([what, exitCode, stderr]).toEqual([what, code, ""]);
    expect(stdout).toMatch(/\n {2}FAIL {2}\S(?:.|\n)*\n {8}-> \S/);
    expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
    const longest = Math.max(...stdout.split("\n").flatMap((line) => (line.includes("/") ? [] : [line.length])));
    expect(longest).toBeLessThanOrEqual(80);
    gateway.spawn();
    expect([what, await gateway.exited()]).toEqual([what, code]);
  }
});

test("a master secret that others may read is the same failure to both", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram });
  await gateway.cli("user", "list");
  chmodSync(join(gateway.configDir, "master.secret"), 0o644);
  const { exitCode, stdout } = await gateway.cli("doctor", "--offline");
  expect(exitCode).toBe(78);
  expect(stdout.replace(/\s+/g, " ")).toContain(`-> chmod 600 ${join(gateway.configDir, "master.secret")}`);
  gateway.spawn();
  expect(await gateway.exited()).toBe(78);
});

test("a provider can be asked alone; one that is not configured is a mistake in the command", async () => {
  using upstream = new FakeUpstream();
  await using gateway = machineWith(upstream);
  upstream.script({ status: 401, body: { error: { message: "no" } } });
  const asked = await gateway.cli("doctor", "up");
  expect(asked.exitCode).toBe(69);
  expect(asked.stdout.replace(/\s+/g, " ")).toContain("FAIL up refuses the key.");
  const unknown = await gateway.cli("doctor", "down");
  expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
  expect(unknown.stderr).toContain('There is no provider "down"; configured: up, loopback.');
});

test("a prompt is sent with --call alone: one short question for each provider", async () => {
  using upstream = new FakeUpstream();
  await using gateway = machineWith(upstream);
  upstream.script(({ path }) =>
    path === "/v1/models" ? { body: { object: "list", data: [{ id: "m" }] } } : completion("ok", "m"),
  );
  const { exitCode, stdout } = await gateway.cli("doctor", "--call");
  expect(exitCode).toBe(0);
  expect(stdout).toContain("up answered a call of m after ");
  const [question, ...more] = upstream.callsTo("/chat/completions");
  expect(more).toEqual([]);
  expect(question?.json()).toMatchObject({ model: "m", max_tokens: 16 });
  upstream.script(({ path }) =>
    path === "/v1/models" ? { body: { object: "list", data: [{ id: "m" }] } } : { status: 500, body: {} },
  );
  const failing = await gateway.cli("doctor", "--call");
  expect([failing.exitCode, failing.stdout]).toEqual([69, expect.stringContaining("up did not answer a call of m.")]);
});

test("models lists what callers may ask for, by the gateway that runs or by the settings, and leaves nothing behind", async () => {
  using upstream = new FakeUpstream();
  await using gateway = machineWith(upstream);
  const before = contents(gateway.configDir);
  const stopped = await gateway.cli("models", "--json");
  expect(contents(gateway.configDir)).toEqual(before);
  await gateway.serve();
  const running = await gateway.cli("models", "--json");
  expect(running).toEqual(stopped);
  const [first] = running.stdout.split("\n");
  expect(JSON.parse(first ?? "")).toMatchObject({ model: "m", providers: ["up"], input_usd: null });
  expect((await gateway.cli("models", "--provider", "loopback")).stdout).not.toContain("up");
  expect((await gateway.cli("models", "x-*", "--provider", "up")).stderr).toContain("\n  x-*: up\n");
  expect(upstream.calls).toEqual([]);
});

import { expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { chat } from "../harness/client.ts";
import { type CommandResult, ended } from "../harness/ended.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess, type GatewayOptions } from "../harness/gateway-process.ts";

// A process is started for every case.
setDefaultTimeout(30_000);

/** Runs `serve` on a configuration that must not start. */
async function refusal(options: Omit<GatewayOptions, "program">): Promise<CommandResult> {
  await using gateway = new GatewayProcess({ ...options, program: testedProgram });
  gateway.spawn();
  const exitCode = await gateway.exited();
  return { exitCode, stdout: gateway.stdout, stderr: gateway.stderr };
}

test.each([
  ["[gateway]\nhost = 0.0.0.0", "gateway.host", "dev/gateway.ini:2"],
  ["[gateway.auth]\nenabled = true\ntype = oidc", "gateway.auth.type", "dev/gateway.ini:3"],
  ["[gateway.auth]\nenabled = true\ntype = none", "gateway.auth.type", "dev/gateway.ini:3"],
  ["[gateway]\ntls_cert = /nowhere.pem", "gateway.tls_cert", "dev/gateway.ini:2"],
  ["[gateway]\nhigh_availability = true", "gateway.high_availability", "dev/gateway.ini:2"],
  ["[database]\ntype = postgresql", "database.type", "dev/gateway.ini:2"],
  ["[secrets]\nprovider = vault", "secrets.provider", "dev/gateway.ini:2"],
  ["[rbac]\nenabled = true", "rbac.enabled", "dev/gateway.ini:2"],
])(
  "serve is never quietly weaker than its configuration: %p ends it with 78, naming key and line",
  async (text, key, place) => {
    const { exitCode, stdout, stderr } = await refusal({ configuration: text });
    expect(exitCode).toBe(78);
    expect(stderr).toContain(place);
    expect(stderr).toContain(`${key}: `);
    expect(stdout).not.toContain("listens on");
  },
);

test("the team and enterprise profiles do not start yet, and say everything they lack at once", async () => {
  for (const [profile, keys] of [
    ["team", ["database.type"]],
    ["enterprise", ["gateway.auth.type", "gateway.high_availability", "database.type", "secrets.provider"]],
  ] as const) {
    const { exitCode, stderr } = await refusal({ environment: { TOKLIGENCE_PROFILE: profile } });
    expect(exitCode).toBe(78);
    for (const key of keys) expect(stderr).toContain(key);
  }
});

test.each([
  ["an unknown key", "[gateway]\nprot = 1", /dev\/gateway\.ini:2: gateway\.prot.*"(gateway\.)?port"/],
  ["a bad value", "[gateway]\nmax_retries = many", /dev\/gateway\.ini:2: gateway\.max_retries: expected whole number/],
  ["a key said twice", "[gateway]\nhost = a\nhost = b", /dev\/gateway\.ini:3/],
  [
    "a missing secret",
    "[provider.x]\ntype = openai-compatible\nbase_url = http://127.0.0.1:1\napi_key = ${NO_SUCH_NAME}",
    /dev\/gateway\.ini:4: provider\.x\.api_key: .*NO_SUCH_NAME is not set/,
  ],
  ["a route to nobody", "[routes]\nx = nobody", /dev\/gateway\.ini:2: routes\.x: there is no provider "nobody"/],
])("%s ends serve with 78 and one line that names the file, the line and what is meant", async (_, text, message) => {
  const { exitCode, stderr } = await refusal({ configuration: text });
  expect([exitCode, stderr]).toEqual([78, expect.stringMatching(message)]);
});

test("a port that is taken ends serve with 69 and says which", async () => {
  await using first = await GatewayProcess.start({ program: testedProgram });
  const { exitCode, stderr } = await refusal({ environment: { TOKLIGENCE_GATEWAY_PORT: String(first.port) } });
  expect([exitCode, stderr]).toEqual([69, expect.stringContaining(String(first.port))]);
});

test("init --yes writes four files for their owner alone, never over others, and serve uses them", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram });
  const root = join(gateway.configDir, "fresh");
  const directory = join(root, "config");
  const init = (...words: string[]) => run(gateway, ["init", "--yes", "--root", root, "--json", ...words]);
  const made = await init("--set", "gateway.max_concurrent_requests=7", "--set", "routes.fast=loopback/loopback-fast");
  const { files } = JSON.parse(made.stdout) as { readonly files: readonly string[] };
  expect(files.toSorted()).toEqual(
    ["dev/gateway.ini", "live/gateway.ini", "setting.ini", "test/gateway.ini"].map((name) => join(directory, name)),
  );
  for (const file of files) {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await Bun.file(file).text()).toMatch(/^# /);
  }
  const again = await init();
  expect([again.exitCode, JSON.parse(again.stdout)]).toMatchObject([0, { files: [] }]);
  await using serving = new GatewayProcess({ program: testedProgram });
  for (const file of files) serving.write(file.slice(directory.length + 1), await Bun.file(file).text());
  await serving.serve();
  const answer = await chat(serving, { model: "fast" });
  expect([answer.status, answer.headers.get("x-tokligence-model")]).toEqual([200, "loopback-fast"]);
  expect((await serving.cli("config", "get", "gateway.max_concurrent_requests")).stdout).toBe("7\n");
});

test("T-52 config get, show, explain, validate and path agree on one value and say where it comes from", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram, configuration: "[gateway]\nmax_retries = 4\n" });
  expect((await gateway.cli("config", "get", "gateway.max_retries")).stdout).toBe("4\n");
  expect((await gateway.cli("config", "show")).stdout).toContain("gateway.max_retries = 4\n");
  const explained = (await gateway.cli("config", "explain", "gateway.max_retries")).stdout;
  expect(explained).toContain(`gateway.max_retries = 4  from ${gateway.configDir}/dev/gateway.ini:2`);
  expect(explained).toContain("over 2  from built-in");
  expect((await gateway.cli("config", "validate", "--json")).exitCode).toBe(0);
  expect((await gateway.cli("config", "path")).stdout).toBe(`${gateway.configDir}\n`);
  const schema = JSON.parse((await gateway.cli("config", "schema")).stdout) as { readonly $schema: string };
  expect(schema.$schema).toContain("json-schema.org");
});

test("config set changes the file that holds the key, else config.yaml, and fails where something stronger wins", async () => {
  await using gateway = new GatewayProcess({
    program: testedProgram,
    configuration: "[gateway]\nmax_retries = 4 ; mine\n",
  });
  expect((await gateway.cli("config", "set", "gateway.max_retries", "5")).exitCode).toBe(0);
  expect(await Bun.file(join(gateway.configDir, "dev/gateway.ini")).text()).toMatch(/max_retries = 5\s+; mine/);
  expect((await gateway.cli("config", "set", "log_level", "warn")).exitCode).toBe(0);
  expect(await Bun.file(join(gateway.configDir, "config.yaml")).text()).toContain("log_level: warn");
  expect(statSync(join(gateway.configDir, "config.yaml")).mode & 0o777).toBe(0o600);
  const stronger = await gateway.cli("config", "set", "gateway.port", "9000");
  expect([stronger.exitCode, stronger.stderr]).toEqual([1, expect.stringContaining("TOKLIGENCE_GATEWAY_PORT")]);
  const bad = await gateway.cli("config", "set", "gateway.max_retries", "many");
  expect(bad.exitCode).toBe(78);
  expect((await gateway.cli("config", "get", "gateway.max_retries")).stdout).toBe("5\n");
});

test("config show and explain mask secrets, whatever they came from", async () => {
  const configuration =
    "[provider.x]\ntype = openai-compatible\nbase_url = http://127.0.0.1:1\napi_key = ${MY_SECRET}\n";
  const environment = { MY_SECRET: "sk-canary-4711", TOKLIGENCE_PROVIDER_OPENAI_API_KEY: "sk-canary-4712" };
  await using gateway = new GatewayProcess({ program: testedProgram, configuration, environment });
  for (const words of [
    ["show"],
    ["show", "--json"],
    ["explain"],
    ["explain", "--json"],
    ["get", "provider.x"],
    ["get", "provider.x.api_key"],
  ]) {
    const { exitCode, stdout, stderr } = await gateway.cli("config", ...words);
    expect([words, exitCode]).toEqual([words, 0]);
    expect(stdout + stderr).not.toContain("sk-canary");
  }
});

test("a flag beats the environment, and the environment beats the file: it listens where the strongest says", async () => {
  const [inFile, inFlag] = [freePort(), freePort()];
  const configuration = `[gateway]\nport = ${inFile}\n`;
  const listening = (port: number): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/livez`).then(
      (answer) => answer.ok,
      () => false,
    );
  await using byEnvironment = await GatewayProcess.start({ program: testedProgram, configuration });
  expect([await listening(byEnvironment.port), await listening(inFile)]).toEqual([true, false]);
  await using byFlag = new GatewayProcess({
    program: testedProgram,
    configuration,
    arguments: ["--port", String(inFlag)],
  });
  byFlag.spawn();
  await eventually("it listens where the flag says", () => listening(inFlag), 20_000);
  expect([await listening(byFlag.port), await listening(inFile)]).toEqual([false, false]);
  const explained = await byFlag.cli("config", "explain", "gateway.port");
  expect(explained.stdout).toContain(`gateway.port = ${byFlag.port}  from TOKLIGENCE_GATEWAY_PORT`);
  expect(explained.stdout).toContain(`over ${inFile}  from ${byFlag.configDir}/dev/gateway.ini:2`);
});

/** Runs a command without the harness's own `--config-dir`. */
async function run({ configDir }: GatewayProcess, words: readonly string[]): Promise<CommandResult> {
  const child = Bun.spawn([...testedProgram, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { HOME: configDir, TOKLIGENCE_ENV: "dev" },
  });
  return await ended(child);
}

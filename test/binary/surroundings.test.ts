/** What lies in the working directory or stands in the environment does not change what the executable does. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BareMachine } from "../harness/bare-machine.ts";
import { chat } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { freePort } from "../harness/free-port.ts";
import { rawServer } from "../harness/raw-server.ts";
import { certificate } from "../harness/tls/certificates.ts";

/** A script that leaves a trace when it is run. */
function trap(machine: BareMachine): { readonly path: string; sprung(): boolean } {
  const trace = join(machine.directory, "sprung");
  const path = machine.write("trap.js", `require("node:fs").writeFileSync(${JSON.stringify(trace)}, "");`);
  return { path, sprung: () => existsSync(trace) };
}

const openAiAt = (baseUrl: string) => ({
  OPENAI_API_KEY: "sk-provider-key",
  TOKLIGENCE_PROVIDER_OPENAI_BASE_URL: baseUrl,
});

test("a hostile working directory changes nothing: .env, bunfig.toml, package.json, tsconfig.json, setting.ini", async () => {
  await using machine = new BareMachine();
  const { path, sprung } = trap(machine);
  machine.write(".env", "TOKLIGENCE_GATEWAY_PORT=1\nTOKLIGENCE_PROFILE=nonsense\nOPENAI_API_KEY=sk-stray\n");
  machine.write("bunfig.toml", `preload = [${JSON.stringify(path)}]\n`);
  machine.write("package.json", "{");
  machine.write("tsconfig.json", "{");
  for (const name of ["setting.ini", "config.yaml", "gateway.ini"]) machine.write(name, "profile = nonsense");
  const port = freePort();
  const server = await machine.serve(["serve", "--port", String(port)]);
  expect((await chat({ url: `http://127.0.0.1:${port}` }, { model: "loopback" })).status).toBe(200);
  const { stdout } = await machine.run(["config", "show", "--json"]);
  expect(stdout).not.toContain("nonsense");
  expect(server.stderr()).toContain("providers without a key are not active: openai,");
  expect(await server.stop()).toBe(0);
  expect(sprung()).toBe(false);
});

test("variables that make the runtime talkative print no key", async () => {
  await using machine = new BareMachine();
  using upstream = new FakeUpstream();
  const port = freePort();
  const server = await machine.serve(["serve", "--port", String(port)], {
    environment: { ...openAiAt(upstream.url), BUN_CONFIG_VERBOSE_FETCH: "curl", NODE_DEBUG: "http,net" },
  });
  const answer = await chat({ url: `http://127.0.0.1:${port}` }, { model: "gpt-4o-mini" });
  expect([answer.status, upstream.calls[0]?.headers["authorization"]]).toEqual([200, "Bearer sk-provider-key"]);
  await server.stop();
  expect(server.stdout() + server.stderr()).not.toContain("sk-provider-key");
});

test("certificates of providers are checked, even where the environment says that they need not be", async () => {
  await using machine = new BareMachine();
  await using server = await rawServer(() => {}, certificate("self-signed"));
  const port = freePort();
  const gateway = await machine.serve(["serve", "--port", String(port)], {
    environment: { ...openAiAt(`${server.url}/v1`), NODE_TLS_REJECT_UNAUTHORIZED: "0" },
  });
  const answer = await chat({ url: `http://127.0.0.1:${port}` }, { model: "gpt-4o-mini" });
  expect(answer.status).toBe(502);
  expect(await answer.json()).toMatchObject({ error: { code: "upstream_tls" } });
  expect(server.requests).toEqual([]);
  await gateway.stop();
});

test("NODE_OPTIONS is not ours: it loads nothing", async () => {
  await using machine = new BareMachine();
  const { path, sprung } = trap(machine);
  const { exitCode } = await machine.run(["version"], { environment: { NODE_OPTIONS: `--require ${path}` } });
  expect([exitCode, sprung()]).toEqual([0, false]);
});

test("who sets Bun's own variables may run anything: the environment of the process is trusted", async () => {
  await using machine = new BareMachine();
  const { path, sprung } = trap(machine);
  await machine.run(["version"], { environment: { BUN_OPTIONS: `--preload ${path}` } });
  expect(sprung()).toBe(true);
  const { stdout } = await machine.run(["--version"], { environment: { BUN_BE_BUN: "1" } });
  expect(stdout.trim()).toBe(Bun.version);
});

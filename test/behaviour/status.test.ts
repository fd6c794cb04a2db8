import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gatewayStatusSchema } from "#core/api/status.ts";
import { chat } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../harness/gateway.ts";
import { askRest, nobody, socket } from "../harness/rest.ts";

setDefaultTimeout(60_000);

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway({
    upstreams: { up: upstream },
    ini: "[gateway]\nmax_retries = 0\nmemory_limit = 64GB\n[circuit_breaker]\nthreshold = 2",
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const statusOf = async () => gatewayStatusSchema.parse(JSON.parse((await gateway.cli("status", "--json")).stdout));

test("status tells address, process, requests, memory, who failed and the newest errors, and not a word of a prompt", async () => {
  upstream.script({ status: 500, body: '{"error":{"message":"down"}}' });
  for (let call = 0; call < 2; call += 1) {
    const body = { model: "canary-model", messages: [{ role: "user" as const, content: "canary-prompt" }] };
    expect((await chat(gateway, body)).status).toBe(502);
  }
  const refused = await chat(gateway, { model: "loopback", messages: "canary-prompt" });
  expect(refused.status).toBe(400);

  const status = await statusOf();
  expect(status).toMatchObject({ address: gateway.url, pid: gateway.pid, requests: 3, in_flight: 0, draining: false });
  expect(status.memory.resident_bytes).toBeGreaterThan(10_000_000);
  expect(status.memory.limit_bytes).toBeLessThanOrEqual(64e9);
  expect(status.deployments).toMatchObject([
    { id: "up/canary-model", health: "open", last_error: { code: "upstream_error" } },
  ]);
  const [newest, failed] = status.last_errors;
  expect(newest?.request_id).toBe(refused.headers.get("x-request-id"));
  const [found] = status.last_errors.filter(({ code }) => code === "upstream_error");
  expect(found).toMatchObject({ event: "request_failed", provider: "up", model: "canary-model" });
  expect(failed?.at).toMatch(/Z$/);
  expect(JSON.stringify(status)).not.toContain("canary-prompt");

  const { stdout, exitCode } = await gateway.cli("status");
  expect(exitCode).toBe(0);
  for (const line of stdout.split("\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(/up\/canary-model +out of order +in \d+s/);
  expect(stdout).toContain(refused.headers.get("x-request-id") ?? "none");
});

test("only the control socket ends the process", async () => {
  const answer = await askRest(gateway, nobody, "/shutdown", { method: "POST", body: { pid: gateway.pid } });
  expect([401, 403]).toContain(answer.status);
  const other = await askRest(gateway, socket, "/shutdown", { method: "POST", body: { pid: gateway.pid + 1 } });
  expect(other.status).toBe(409);
  expect((await statusOf()).draining).toBe(false);
});

test("status --watch draws it again and again in its place on a terminal, until Ctrl-C", async () => {
  // A terminal of 80 columns that ends the command when it has drawn three times.
  const terminal = `
import os, pty, signal, sys
drawn = b""
pid, terminal = pty.fork()
if pid == 0:
    os.environ["COLUMNS"] = "80"
    os.execvp(sys.argv[1], sys.argv[1:])
while drawn.count(b"\\x1b[H") < 3:
    drawn += os.read(terminal, 65536)
os.kill(pid, signal.SIGINT)
sys.stdout.buffer.write(drawn)
`;
  const words = ["status", "--watch", "0.1", "--config-dir", gateway.configDir];
  const child = Bun.spawn(["python3", "-c", terminal, ...testedProgram, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, HOME: gateway.configDir, TOKLIGENCE_ENV: "dev" },
  });
  expect((await child.stdout.text()).split("\u001b[H").slice(1)).toEqual([
    expect.stringContaining("Address"),
    expect.stringContaining("Address"),
    expect.anything(),
  ]);
  const odd = await gateway.cli("status", "--watch", "often");
  expect([odd.exitCode, odd.stderr]).toEqual([2, "tokligence: --watch takes a number of seconds.\n"]);
});

test("status of a gateway beside its configuration is told although the files are broken just now", async () => {
  const path = join(gateway.configDir, "setting.ini");
  writeFileSync(path, "no_such_key = 1\n");
  const child = Bun.spawn([...testedProgram, "status", "--config-dir", gateway.configDir], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, HOME: gateway.configDir },
  });
  expect([await child.exited, await child.stdout.text()]).toEqual([0, expect.stringContaining(gateway.url)]);
  rmSync(path);
});

test("without a gateway status ends with 69", async () => {
  await gateway.stop();
  const { exitCode, stdout, stderr } = await gateway.cli("status");
  expect([exitCode, stdout, stderr]).toEqual([69, "", `tokligence: No gateway runs on ${gateway.configDir}.\n`]);
});

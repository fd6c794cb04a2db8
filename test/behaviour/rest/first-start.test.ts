import { expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../../harness/eventually.ts";
import { startGateway, testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";

setDefaultTimeout(30_000);

const secret = /tok_adm_[0-9A-Za-z]+/;
const configuration = "email = boss@example.com\nlog_level = debug\n[gateway.auth]\nenabled = true\n";

test("the first start makes a root administrator and shows its key once, on standard error, in no line of the log", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram, configuration });
  await gateway.serve();
  const key = await eventually("the key is shown", () => secret.exec(gateway.stderr)?.[0]);
  const lines = gateway.stderr.split("\n").filter((line) => line.includes(key) || line.includes("boss@example.com"));
  expect(lines).toEqual([expect.stringContaining("Root administrator boss@example.com"), key]);
  expect(gateway.stdout).not.toContain(key);

  const headers = { authorization: `Bearer ${key}` };
  const profile = await fetch(`${gateway.url}/api/v1/profile`, { headers });
  expect(await profile.json()).toMatchObject({
    kind: "key",
    roles: ["root_admin"],
    user: { email: "boss@example.com" },
  });
  expect((await fetch(`${gateway.url}/api/v1/users`, { headers })).status).toBe(200);

  await gateway.stop();
  gateway.stderr = "";
  await gateway.serve();
  expect(gateway.stderr).not.toMatch(secret);
  expect((await fetch(`${gateway.url}/api/v1/users`, { headers })).status).toBe(200);
});

test("a start that fails after it made the administrator shows the key all the same", async () => {
  using taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  await using gateway = new GatewayProcess({ program: testedProgram, configuration });
  const failed = await gateway.cli("serve", "--port", String(taken.port));
  expect(failed.exitCode).toBe(69);
  expect(failed.stderr).toMatch(secret);
});

test("a command makes no administrator: only a gateway that serves does", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram, configuration });
  const listed = await gateway.cli("user", "list", "--json");
  expect([listed.exitCode, listed.stdout]).toEqual([0, ""]);
  expect(listed.stderr).not.toMatch(secret);
});

test("gateway.cors_origins lets just these pages in, and what is no origin is refused at the start", async () => {
  await using gateway = await startGateway({
    keys: true,
    ini: "[gateway]\ncors_origins = https://Console.example.com, http://localhost:5173\n",
  });
  const health = (origin: string) => fetch(`${gateway.url}/health`, { headers: { origin } });
  for (const origin of ["https://console.example.com", "http://localhost:5173"]) {
    expect((await health(origin)).headers.get("access-control-allow-origin")).toBe(origin);
  }
  expect((await health("https://other.example.com")).headers.get("access-control-allow-origin")).toBeNull();
  for (const bad of [
    "*",
    "https://console.example.com/",
    "console.example.com",
    "null",
    "https://a.example/x",
    "https://*.a.example",
  ]) {
    await using wrong = new GatewayProcess({
      program: testedProgram,
      configuration: `[gateway]\ncors_origins = ${bad}\n`,
    });
    const checked = await wrong.cli("serve");
    expect(checked.exitCode).toBe(78);
    expect(checked.stderr).toContain("gateway.cors_origins");
  }
});

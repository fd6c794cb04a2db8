import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { chat, postJson } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { chunk, completion, failure, stream } from "../harness/upstream-script.ts";

const deadlineMs = 30_000;

/** Bytes of every file of the data directory that the gateway itself wrote. */
function writtenFiles(directory: string): string {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => !name.endsWith(".ini") && statSync(join(directory, name)).isFile());
  expect(files).toContain("gateway.db");
  return files.map((name) => readFileSync(join(directory, name), "latin1")).join("\n");
}

/** Everything that an operator, a scraper or a thief of files could read. */
async function everythingSaid(gateway: GatewayUnderTest): Promise<string> {
  const commands = [
    ["config", "show"],
    ["config", "show", "--json"],
    ["config", "get", "provider.up.api_key"],
    ["config", "explain", "provider.up.api_key"],
    ["config", "validate"],
    ["status"],
    ["usage", "logs"],
    ["usage", "summary", "--json"],
    ["apikey", "list", "--json"],
    ["user", "list"],
  ];
  const printed = await Promise.all(commands.map((words) => gateway.cli(...words)));
  return [
    gateway.output(),
    await gateway.metrics(),
    JSON.stringify(await gateway.logs()),
    ...printed.map(({ stdout, stderr }) => stdout + stderr),
    writtenFiles(gateway.configDir),
  ].join("\n");
}

test(
  "F93 secrets and prompts are found nowhere: no log, metric, error, row, file or command shows one",
  async () => {
    const canary = "CANARY7f3a";
    const secret = `sk-${canary}-provider-key`;
    using upstream = new FakeUpstream();
    await using gateway = await startGateway({
      upstreams: { spare: upstream },
      ini: `[provider.up]\ntype = openai-compatible\nbase_url = ${upstream.url}\napi_key = \${CANARY_KEY}\n[routes]\nm = up`,
      environ: { CANARY_KEY: secret },
    });
    const key = await gateway.createKey();
    const presented = [
      { headers: { authorization: `Bearer ${canary}-bearer` } },
      { headers: { "x-api-key": `tok_live_${canary}`, "x-odd": canary } },
      { headers: { authorization: `Basic ${btoa(canary)}`, cookie: `a=${canary}`, "user-agent": canary } },
      { headers: { authorization: `Bearer ${key}` } },
    ];
    const scripts = [
      completion(`answer ${canary}`),
      { ...completion(), headers: { "x-request-id": "up-1", "set-cookie": canary } },
      failure(500, `trace ${canary}`),
      failure(401, `Incorrect API key provided: ${secret}`),
      { status: 502, headers: { "content-type": "text/html" }, body: `<html>${canary}</html>` },
      { body: `{"id": "${canary}` },
      { events: [chunk({ content: `said ${canary}` })], end: "cut" as const },
      stream([canary]),
    ];
    for (const [index, script] of scripts.entries()) {
      upstream.script(script);
      const fields = { model: "m", messages: [{ role: "user", content: `prompt ${canary}` }], user: canary };
      const response = await chat(gateway, { ...fields, stream: index > 5 }, presented[index % presented.length]);
      const text = await response.text();
      if (response.status === 401 || index === 3) expect(text).not.toContain(canary);
    }
    expect(upstream.calls.some((call) => call.headers.authorization === `Bearer ${secret}`)).toBe(true);
    for (const path of [`/v1/models?key=${canary}`, `/${canary}`, `/v1/models/${canary}`]) {
      await (await fetch(gateway.url + path, { headers: { authorization: canary } })).text();
    }
    upstream.script(completion(`kept ${canary}`));
    const once = { headers: { "idempotency-key": canary } };
    await (await chat(gateway, { model: "m", user: canary }, once)).text();
    const again = await chat(gateway, { model: "m", user: canary }, once);
    expect([again.headers.get("x-tokligence-replayed"), (await again.text()).includes(canary)]).toEqual(["true", true]);
    const broken = await postJson(`${gateway.url}/v1/chat/completions`, `{"model":"m","messages":"${canary}`);
    expect(await broken.text()).not.toContain(canary);

    const said = await everythingSaid(gateway);
    expect(said.length).toBeGreaterThan(10_000);
    expect(places(said, canary)).toEqual([]);
    expect(places(said, btoa(canary))).toEqual([]);
    expect(places(said, key.slice(12))).toEqual([]);
  },
  deadlineMs,
);

test(
  "F93 a configuration that is refused names the place and never quotes what could be a secret",
  async () => {
    const canary = "sk-CANARY7f3a-secret";
    const provider = "[provider.up]\ntype = openai-compatible\n";
    for (const ini of [
      `${provider}base_url = http://127.0.0.1:1/v1\napi_kye = ${canary}`,
      `${provider}base_url = http://user:${canary}@127.0.0.1/v1`,
      `${provider}base_url = ${canary}`,
    ]) {
      await using gateway = new GatewayProcess({ program: testedProgram, configuration: ini });
      gateway.spawn();
      const [code, validated] = await Promise.all([gateway.exited(), gateway.cli("config", "validate")]);
      expect([ini, code, validated.exitCode]).toEqual([ini, 78, 78]);
      const said = gateway.stderr + gateway.stdout + validated.stdout + validated.stderr;
      expect([ini, said.includes("gateway.ini:"), places(said, "CANARY7f3a-secret")]).toEqual([ini, true, []]);
    }
  },
  deadlineMs,
);

/** What stands around each find, so that a failure tells where it leaked. */
function places(text: string, word: string): string[] {
  return text
    .split(word)
    .slice(1)
    .map((rest, index) => `${text.split(word)[index]?.slice(-80)}<HERE>${rest.slice(0, 40)}`);
}

test(
  "F100 control characters in names are shown as text: a table row stays a row and a log line a line",
  async () => {
    await using gateway = await startGateway();
    const control = (path: string, body: object): Promise<Response> =>
      fetch(`http://localhost/api/v1/${path}`, {
        unix: join(gateway.configDir, "control.sock"),
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const odd = '\u001b[31mred\u001b]0;title\u0007\r\n{"level":"forged"}\u009b2J\u202etxt';
    const user = await control("users", { email: "odd@example.com", name: odd });
    expect([201, 400]).toContain(user.status);
    if (user.status === 400) await control("users", { email: "odd@example.com" });
    await control("keys", { user: "odd@example.com", name: odd });
    await (await chat(gateway, { model: odd })).text();
    await (await chat(gateway, { model: "loopback", user: odd })).text();

    for (const words of [
      ["user", "list"],
      ["apikey", "list"],
      ["usage", "logs"],
      ["usage", "summary"],
      ["usage", "logs", "--json"],
    ]) {
      const { stdout, stderr, exitCode } = await gateway.cli(...words);
      expect([words, exitCode, stderr]).toEqual([words, 0, ""]);
      expect([words, controlCharacters(stdout)]).toEqual([words, []]);
      expect(stdout.split("\n").some((line) => line.startsWith('{"level":"forged'))).toBe(false);
    }
    expect(controlCharacters(gateway.output())).toEqual([]);
    const lines = gateway.output().split("\n");
    expect(lines.some((line) => line.startsWith('{"level":"forged'))).toBe(false);
  },
  deadlineMs,
);

/** Control and direction characters other than the line feed. */
function controlCharacters(text: string): string[] {
  return [...text].filter((character) => character !== "\n" && /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(character));
}

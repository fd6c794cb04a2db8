import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type GatewayStatus, gatewayStatusSchema } from "#core/api/status.ts";
import { chat, chatStream } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { HeldUpstream } from "../harness/held-upstream.ts";
import { control } from "../harness/money.ts";
import { metric } from "../harness/queue.ts";
import { completion, failure } from "../harness/upstream-script.ts";

setDefaultTimeout(30_000);

const a = new FakeUpstream();
const b = new FakeUpstream();
const held = new HeldUpstream();
let gateway: GatewayUnderTest;

/** The configuration, with every model at `route`; files are taken over only when told. */
const configured = (route: string, more = "", key = "sk-first"): string => `log_level = debug
[gateway]
watch_config = false
[gateway.auth]
enabled = false
[scheduling]
enabled = true
[provider.a]
type = openai-compatible
base_url = ${a.url}
api_key = ${key}
[provider.b]
type = openai-compatible
base_url = ${b.url}
api_key = sk-b
[provider.held]
type = openai-compatible
base_url = ${held.url}
api_key = sk-held
max_concurrent = 1
[routes]
* = ${route}
${more}`;

async function reload(text: string): Promise<Record<string, unknown>> {
  gateway.write("dev/gateway.ini", text);
  return JSON.parse(await gateway.reload());
}

async function status(): Promise<GatewayStatus["configuration"]> {
  return gatewayStatusSchema.parse(await control(gateway, "GET", "/status")).configuration;
}

beforeAll(async () => {
  // Restarts would hide what a reload does: one gateway for all.
  gateway = await startGateway({ files: { "dev/gateway.ini": configured("a") } });
});
beforeEach(async () => {
  for (const upstream of [a, b]) {
    upstream.calls.length = 0;
    upstream.script(completion());
  }
  await reload(configured("a"));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const upstream of [a, b, held]) upstream[Symbol.dispose]();
});

test("a request that runs keeps the route it began with; those that come later go by the new one", async () => {
  await reload(configured("held"));
  const running = chatStream(gateway);
  await eventually("it runs", () => held.calls.length === 1);
  expect(await reload(configured("b"))).toMatchObject({ event: "config_reloaded", changed: ["routes.*"] });
  expect((await chat(gateway)).status).toBe(200);
  expect([held.calls.length, b.calls.length]).toEqual([1, 1]);
  held.calls[0]?.answer();
  const answer = await running;
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("[DONE]")]);
});

test("requests that wait for capacity go where they were going, one by one as before", async () => {
  await reload(configured("held"));
  const before = held.calls.length;
  const asked = [chat(gateway), chat(gateway), chat(gateway)];
  await eventually("one runs", () => held.calls.length === before + 1);
  await eventually("two wait", async () => /depth\{priority="5"\} 2$/m.test(await gateway.metrics()));
  await reload(configured("b"));
  for (let number = 1; number <= 3; number += 1) {
    await eventually("the next one runs", () => held.calls.length === before + number);
    held.calls[before + number - 1]?.answer();
  }
  expect((await Promise.all(asked)).map((answer) => answer.status)).toEqual([200, 200, 200]);
  expect(b.calls).toEqual([]);
});

test("the rules of the hour hold through a reload: nobody starts beyond them, and new ones count at once", async () => {
  const rules = (places: number): string =>
    `[rule.capacity.all-day]\ntype = capacity_adjustment\nstart_time = 00:00\nend_time = 24:00\ntarget = held\nmax_concurrent = ${places}\n`;
  const ruled = (retries: number): string =>
    configured("held", `[time_rules]\nenabled = true\n[circuit_breaker]\nprobes = ${retries}\n`).replace(
      "max_concurrent = 1",
      "max_concurrent = 5",
    );
  gateway.write("time-rules.ini", rules(1));
  await reload(ruled(1));
  const before = held.calls.length;
  const asked = [chat(gateway), chat(gateway), chat(gateway)];
  await held.call(before);
  await eventually("two wait", async () => /depth\{priority="5"\} 2$/m.test(await gateway.metrics()));
  await reload(ruled(2));
  expect([held.calls.length - before, /depth\{priority="5"\} 2$/m.test(await gateway.metrics())]).toEqual([1, true]);
  gateway.write("time-rules.ini", rules(3));
  await reload(ruled(3));
  for (let number = 0; number < 3; number += 1) (await held.call(before + number)).answer();
  expect((await Promise.all(asked)).map((answer) => answer.status)).toEqual([200, 200, 200]);
});

test("T-53 a key whose file is gone, or whose variable is unset, stays in force for wildcard models", async () => {
  gateway.write("key-of-a", "sk-from-file\n");
  const byFile = configured("a", "", `file://${gateway.configDir}/key-of-a`);
  expect(await reload(byFile)).toMatchObject({ event: "config_reloaded", changed: ["provider.a.api_key"] });
  rmSync(join(gateway.configDir, "key-of-a"));
  expect(await reload(byFile)).toMatchObject({ event: "config_reload_failed" });
  expect(await reload(configured("a", "", "${NOBODY_SET_THIS}"))).toMatchObject({ event: "config_reload_failed" });
  expect((await chat(gateway)).status).toBe(200);
  expect(a.calls.at(-1)?.headers["authorization"]).toBe("Bearer sk-from-file");
});

test("a new key takes effect at once, also where the old one was refused", async () => {
  a.script((call) =>
    call.headers["authorization"] === "Bearer sk-rotated" ? completion() : failure(401, "No such key."),
  );
  expect((await chat(gateway)).status).toBe(502);
  await reload(configured("a", "", "sk-rotated"));
  expect((await chat(gateway)).status).toBe(200);
});

test("what the key before is told after a reload is no reason to leave the new one alone", async () => {
  const before = held.calls.length;
  for (const [status, headers] of [
    [401, {}],
    [429, { "retry-after": "60" }],
  ] as const) {
    await reload(configured("held, b").replace("sk-held", `sk-${status}`));
    const old = chat(gateway);
    const call = await held.call(held.calls.length);
    await reload(configured("held, b").replace("sk-held", `sk-after-${status}`));
    call.refuse(status, headers);
    expect((await old).status).toBe(200);
    const next = chat(gateway);
    const asked = await held.call(held.calls.length);
    expect(asked.headers.get("authorization")).toBe(`Bearer sk-after-${status}`);
    asked.answer();
    expect((await next).status).toBe(200);
  }
  expect(held.calls.length - before).toBe(4);
});

test("requests that ask again at a provider which the new configuration leaves out keep to the limits it had", async () => {
  await reload(configured("held"));
  const before = held.calls.length;
  const asked = [chat(gateway), chat(gateway), chat(gateway)];
  const first = await held.call(before);
  await eventually("two wait", async () => /depth\{priority="5"\} 2$/m.test(await gateway.metrics()));
  await reload(configured("b").replace(/\[provider.held\][^[]*/, ""));
  first.refuse(503);
  await held.call(before + 1);
  await eventually("the first waits again", async () => /depth\{priority="5"\} 2$/m.test(await gateway.metrics()));
  for (let number = 1; number <= 3; number += 1) (await held.call(before + number)).answer();
  expect((await Promise.all(asked)).map((answer) => answer.status)).toEqual([200, 200, 200]);
});

const broken: readonly (readonly [string, string, RegExp])[] = [
  [
    "an unknown key",
    configured("a").replace("watch_config", "wach_config"),
    /gateway\.ini:3: gateway\.wach_config: .*watch_config/,
  ],
  ["a half-written file", configured("a").slice(0, 60), /gateway\.ini:4/],
  [
    "a value out of range",
    configured("a", "[circuit_breaker]\nprobes = -1\n"),
    /gateway\.ini:24: circuit_breaker\.probes/,
  ],
  [
    "a secret that is nowhere",
    configured("a", "", "env://NOBODY_SET_THIS"),
    /gateway\.ini:11: provider\.a\.api_key: .*NOBODY/,
  ],
  ["a provider that is not there", configured("c"), /gateway\.ini:22: routes\.\*/],
  [
    "a catalogue that is none",
    configured("a", "[gateway]\nmodel_catalog = nowhere.json\n"),
    /nowhere\.json .*gateway\.model_catalog/,
  ],
];
for (const [what, text, problem] of broken) {
  test(`F74 ${what} leaves the configuration before in force, and says where it is wrong`, async () => {
    const before = await status();
    const line = await reload(text);
    expect(line).toMatchObject({ level: "error", event: "config_reload_failed" });
    expect(JSON.stringify(line["problems"])).toMatch(problem);
    expect(await metric(gateway, "tokligence_config_reload_success")).toBe(0);
    const told = await status();
    expect([told?.generation, told?.last_failure?.problems.join("\n")]).toEqual([
      before?.generation,
      expect.stringMatching(problem),
    ]);
    expect((await chat(gateway)).status).toBe(200);
    await reload(configured("a"));
    expect(await metric(gateway, "tokligence_config_reload_success")).toBe(1);
    expect(await status()).not.toHaveProperty("last_failure");
  });
}

test("what only a restart changes is named, and the rest of the file is taken over", async () => {
  const text = configured("b", "[metrics]\ntenant_labels = true\n").replace(
    "[gateway]",
    "[gateway]\nmax_body_bytes = 1234",
  );
  expect(await reload(text)).toMatchObject({
    event: "config_reloaded",
    restart_needed: ["gateway.max_body_bytes", "metrics.tenant_labels"],
  });
  expect(await status()).toMatchObject({ restart_needed: ["gateway.max_body_bytes", "metrics.tenant_labels"] });
  expect((await chat(gateway)).status).toBe(200);
  expect(b.calls.length).toBe(1);
});

test("a file that changes is taken over by itself, and config set while serving takes effect", async () => {
  await reload(configured("a").replace("watch_config = false", "watch_config = true"));
  const { exitCode } = await gateway.cli("config", "set", "routes.*", "b");
  expect(exitCode).toBe(0);
  expect(readFileSync(join(gateway.configDir, "dev/gateway.ini"), "utf8")).toContain("* = b");
  await eventually("calls go by the new route", async () => {
    await (await chat(gateway)).text();
    return b.calls.length > 0;
  });
});

test("SIGHUP has the configuration read anew, and a new level of the log counts from the next line", async () => {
  await using process = await GatewayProcess.start({
    program: testedProgram,
    configuration: "[gateway]\nwatch_config = no\n",
  });
  process.write("dev/gateway.ini", "log_level = error\n[gateway]\nwatch_config = no\n");
  process.signal("SIGHUP");
  await eventually("it is in force", async () => {
    const { stdout } = await process.cli("config", "status", "--json");
    return stdout.includes('"generation":2');
  });
  const before = process.stderr;
  expect(before).not.toContain("config_reloaded");
  expect((await process.cli("config", "status")).stdout).toContain("generation       2, in force since");
  process.write("dev/gateway.ini", "[gateway]\nprot = 1\n");
  process.signal("SIGHUP");
  await eventually("what is wrong is told, though no command can read the file", async () => {
    const { stdout } = await process.cli("config", "status");
    return /^refused .*\n.*gateway\.ini:2: gateway\.prot: unknown key/m.test(stdout);
  });
  await process.stop();
  const { exitCode, stderr } = await process.cli("config", "status");
  expect([exitCode, stderr]).toEqual([69, expect.stringContaining("No gateway runs on")]);
});

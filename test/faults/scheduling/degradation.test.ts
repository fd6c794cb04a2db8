import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, errorOf, postJson, withKey } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { HeldUpstream } from "../../harness/held-upstream.ts";
import { metric } from "../../harness/queue.ts";
import { completion } from "../../harness/upstream-script.ts";
import { running } from "./limited-gateway.ts";

// Pressure is looked at twice a second, and must be gone for a while.
setDefaultTimeout(60_000);

/** Ten at once in all; `held` answers when told to, `up` at once and one at a time. */
const ini = (more = ""): string => `[scheduling]
enabled = true
priority_enabled = true
[gateway]
max_concurrent_requests = 10
shedding_recovery = 1
${more}
[provider.up.test-model]
max_concurrent = 1
[routes]
held-model = held
`;

const mode = (gateway: GatewayUnderTest) => metric(gateway, "tokligence_degraded_mode");
const step = (gateway: GatewayUnderTest, name: string) => metric(gateway, `tokligence_degraded_step{step="${name}"}`);
const looksSoFar = async (gateway: GatewayUnderTest): Promise<number> =>
  (await metric(gateway, "tokligence_event_loop_lag_seconds_count")) ?? 0;

/** Waits until pressure has been looked at three times. */
async function looks(gateway: GatewayUnderTest): Promise<void> {
  const before = await looksSoFar(gateway);
  await eventually("three looks", async () => (await looksSoFar(gateway)) >= before + 3, 20_000);
}

async function reaches(gateway: GatewayUnderTest, wanted: number): Promise<void> {
  await eventually(`step ${wanted}`, async () => (await mode(gateway)) === wanted, 20_000);
}

const degraded = async (gateway: GatewayUnderTest): Promise<unknown> =>
  ((await (await fetch(`${gateway.url}/health`)).json()) as { degraded: unknown }).degraded;

test("under load the least urgent go first, then whoever would wait long; what runs is finished, and both come back", async () => {
  using held = new HeldUpstream();
  using up = new FakeUpstream(completion());
  await using gateway = await startGateway({ upstreams: { up, held }, keys: true, ini: ini() });
  const [normal, background] = [await gateway.createKey(), await gateway.createKey({ tier: "background" })];
  const limited = await gateway.createKey({ tier: "background", requests_per_minute: 1 });
  expect((await chat(gateway, {}, withKey(background))).status).toBe(200);
  const hold = (count: number) =>
    Array.from({ length: count }, () => chat(gateway, { model: "held-model" }, withKey(normal)));

  const first = hold(8);
  await held.call(7);
  await reaches(gateway, 1);
  expect(await degraded(gateway)).toEqual(["shed_worst"]);
  for (let call = 0; call < 3; call += 1) {
    const refused = await chat(gateway, {}, withKey(limited));
    expect([refused.status, (await errorOf(refused))["code"]]).toEqual([503, "overloaded"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  }
  const messages = { model: "test-model", max_tokens: 5, messages: [{ role: "user", content: "Hello" }] };
  const anthropic = await postJson(`${gateway.url}/v1/messages`, messages, { headers: { "x-api-key": background } });
  expect([anthropic.status, (await errorOf(anthropic))["type"]]).toEqual([529, "overloaded_error"]);
  expect((await chat(gateway, {}, withKey(normal))).status).toBe(200);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  expect((await gateway.cli("scheduler", "status")).stdout).toContain("Degraded: shed_worst");

  const ninth = hold(1);
  await held.call(8);
  await reaches(gateway, 2);
  expect([await step(gateway, "shed_worst"), await step(gateway, "shed_waiting")]).toEqual([1, 1]);
  // The tenth place is the only one left: whoever has it goes on, and is alone at the provider.
  expect((await chat(gateway, {}, withKey(normal))).status).toBe(200);
  expect(held.calls.some(({ gone }) => gone)).toBe(false);

  held.open();
  const answers = await Promise.all([...first, ...ninth]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  await reaches(gateway, 0);
  // What was refused has used up nothing of the one request a minute.
  expect((await chat(gateway, {}, withKey(limited))).status).toBe(200);
  expect([await degraded(gateway), await running(gateway)]).toEqual([[], 0]);
  const lines = gateway.output().matchAll(/(degradation_\w+)\b.*?\b(shed_\w+)/g);
  expect([...lines].map(([, event, name]) => `${event} ${name}`)).toEqual([
    "degradation_entered shed_worst",
    "degradation_entered shed_waiting",
    "degradation_left shed_waiting",
    "degradation_left shed_worst",
  ]);
});

test("while whoever would wait long is turned away, who waits already gets a turn, and who finds room does", async () => {
  using held = new HeldUpstream();
  using up = new HeldUpstream();
  await using gateway = await startGateway({ upstreams: { up, held }, ini: ini() });
  // Answers of this model take long, as the first has shown.
  const first = chat(gateway);
  const held0 = await up.call(0);
  await looks(gateway);
  held0.answer();
  expect((await first).status).toBe(200);
  const taken = chat(gateway);
  await up.call(1);
  const waits = chat(gateway);
  await eventually("one waits", async () => (await running(gateway)) === 2);
  const others = Array.from({ length: 7 }, () => chat(gateway, { model: "held-model" }));
  await reaches(gateway, 2);
  const refused = await chat(gateway, {}, { headers: { "x-tokligence-priority": "0" } });
  expect([refused.status, (await errorOf(refused))["code"]]).toEqual([503, "overloaded"]);
  expect(await metric(gateway, 'tokligence_shed_requests_total{step="shed_waiting",mode="enforce"}')).toBe(1);
  const explained = await gateway.cli("scheduler", "explain", "--model", "test-model");
  expect(explained.stdout).toContain("overloaded");
  up.open();
  expect([(await taken).status, (await waits).status]).toEqual([200, 200]);
  held.open();
  for (const answer of await Promise.all(others)) expect(answer.status).toBe(200);
  await reaches(gateway, 0);
});

test("in shadow nobody is turned away, and switched off there are no steps", async () => {
  for (const said of ["shadow", "off"] as const) {
    using held = new HeldUpstream();
    using up = new FakeUpstream(completion());
    await using gateway = await startGateway({ upstreams: { up, held }, ini: ini(`load_shedding = ${said}`) });
    const others = Array.from({ length: 9 }, () => chat(gateway, { model: "held-model" }));
    await held.call(8);
    if (said === "shadow") await reaches(gateway, 2);
    else await looks(gateway);
    const answer = await chat(gateway, {}, { headers: { "x-tokligence-priority": "9" } });
    expect(answer.status).toBe(200);
    const counted = await metric(gateway, 'tokligence_shed_requests_total{step="shed_worst",mode="shadow"}');
    expect([counted, await mode(gateway)]).toEqual(said === "shadow" ? [1, 2] : [undefined, 0]);
    held.open();
    await Promise.all(others);
  }
});

test("without scheduling there is nothing to shed by, however full the gateway is", async () => {
  using held = new HeldUpstream();
  const full = "[gateway]\nmax_concurrent_requests = 2\nshedding_recovery = 1\n";
  await using gateway = await startGateway({ upstreams: { held }, ini: full });
  const others = [chat(gateway), chat(gateway)];
  await held.call(1);
  await looks(gateway);
  expect([await mode(gateway), await degraded(gateway)]).toEqual([0, []]);
  held.open();
  await Promise.all(others);
});

test("a process that is late for seconds takes nothing new, finishes what runs, and takes work again when it keeps up", async () => {
  using held = new HeldUpstream();
  await using gateway = await GatewayProcess.start({
    program: testedProgram,
    configuration: `[gateway]
shedding_lag_ms = 20
shedding_recovery = 1
[provider.held]
type = openai-compatible
base_url = ${held.url}
api_key = sk-none
[routes]
held-model = held
`,
  });
  const runs = chat(gateway, { model: "held-model" });
  await held.call(0);
  const readyz = () => fetch(`${gateway.url}/readyz`);
  const isShut = async (): Promise<boolean> => (await readyz()).status === 503;
  for (let pause = 0; pause < 40 && !(await isShut()); pause += 1) {
    // Longer than from one look to the next: each comes late.
    gateway.signal("SIGSTOP");
    await Bun.sleep(700);
    gateway.signal("SIGCONT");
    await Bun.sleep(20);
  }
  expect(await (await readyz()).json()).toMatchObject({ reasons: ["new requests are refused"] });
  const refused = await chat(gateway, { model: "loopback" });
  expect([refused.status, (await errorOf(refused))["code"]]).toEqual([503, "overloaded"]);
  held.open();
  expect((await runs).status).toBe(200);
  await eventually("it takes work again", async () => !(await isShut()), 30_000);
  expect((await chat(gateway, { model: "loopback" })).status).toBe(200);
});

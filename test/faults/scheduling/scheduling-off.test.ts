import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream } from "../../harness/client.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { completion, stream } from "../../harness/upstream-script.ts";
import { control } from "./limited-gateway.ts";

setDefaultTimeout(30_000);

const upstream = new FakeUpstream((call) => (call.json()["stream"] === true ? stream() : completion()));
let gateway: GatewayUnderTest;

beforeAll(async () => {
  // What is said of capacity, levels and queues does not count while scheduling is off.
  const ini = `[provider.up.test-model]
max_concurrent = 1
max_rps = 1
[scheduler]
policy = strict
max_queue = 0
[priority_rules]
* = 9
`;
  gateway = await startGateway({ upstreams: { up: upstream }, ini });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

test("with scheduling off nobody waits, whatever the capacities say, and answers tell of no queue", async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? chat(gateway) : chatStream(gateway))),
  );
  for (const { status, headers } of answers) {
    expect([status, headers.get("x-tokligence-queue-ms")]).toEqual([200, "0"]);
    expect(headers.get("x-tokligence-queue-position")).toBeNull();
    const others = [...headers.keys()].filter((name) => /queue|priority|ratelimit|quota/.test(name));
    expect(others).toEqual(["x-tokligence-queue-ms"]);
  }
  await Promise.all(answers.map((answer) => answer.text()));
  expect((await gateway.logs()).every(({ queue_ms }) => queue_ms === 0)).toBe(true);
});

test("with scheduling off the metrics have no series of a scheduler, of capacity or of healthy breakers", async () => {
  const text = await gateway.metrics();
  const names = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  expect([...names].filter((name) => /scheduling_(?!estimate)|capacity|inflight|adaptive/.test(name ?? ""))).toEqual(
    [],
  );
  expect(text).not.toMatch(/^tokligence_circuit_breaker_\w+\{/m);
  expect(text).not.toMatch(/^tokligence_ratelimit_\w+\{/m);
});

test("with scheduling off its status says so, and what could be asked of it is refused or told in the same words", async () => {
  expect(await control<object>(gateway, "/api/v1/scheduler")).toMatchObject({ enabled: false });
  const status = await gateway.cli("scheduler", "status", "--json");
  expect([status.exitCode, JSON.parse(status.stdout)]).toMatchObject([0, { enabled: false }]);
  const told = await gateway.cli("scheduler", "status");
  expect([told.exitCode, told.stdout]).toEqual([0, expect.stringContaining("scheduling.enabled")]);
});

test("with scheduling off nobody looks at the level that a caller asks for", async () => {
  const nonsense = await chat(gateway, {}, { headers: { "x-tokligence-priority": "urgentest" } });
  const sense = await chat(gateway, {}, { headers: { "x-tokligence-priority": "0" } });
  expect([nonsense.status, sense.status]).toEqual([200, 200]);
});

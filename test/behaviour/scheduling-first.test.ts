import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream, hello } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { chunk, completion } from "../harness/upstream-script.ts";

setDefaultTimeout(30_000);

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;

const ini = `
[provider.a.test-model]
max_concurrent = 1
[scheduling]
enabled = true
priority_enabled = true
[scheduler]
policy = strict
`;

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { a: upstream }, ini });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const queued = async (level: number): Promise<number> => {
  const line = new RegExp(`^tokligence_scheduling_queue_depth\\{priority="${level}"\\} (\\d+)$`, "m");
  return Number(line.exec(await gateway.metrics())?.[1]);
};

/** A call that says its level in its prompt too. */
const ask = (level: number): Promise<Response> =>
  chat(
    gateway,
    { messages: [...hello, { role: "user", content: `P${level}` }] },
    { headers: { "x-tokligence-priority": String(level) } },
  );

test("T-47 three callers wait for the one place and get it in the order of their levels", async () => {
  upstream.script({ events: [chunk({ content: "begun" })], end: "hang" }, completion());
  const leaving = new AbortController();
  const holder = await chatStream(gateway, {}, { signal: leaving.signal });
  expect(holder.headers.get("x-tokligence-queue-ms")).toBe("0");
  expect(holder.headers.get("x-tokligence-queue-position")).toBeNull();
  const waiting: Promise<Response>[] = [];
  for (const level of [7, 3, 5]) {
    waiting.push(ask(level));
    await eventually(`level ${level} waits`, async () => (await queued(level)) === 1);
  }
  expect(upstream.calls.length).toBe(1);
  leaving.abort();
  const answers = await Promise.all(waiting);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const prompts = upstream.calls.slice(1).map((call) => JSON.stringify(call.json()["messages"]));
  expect(prompts.map((prompt) => /P\d/.exec(prompt)?.[0])).toEqual(["P3", "P5", "P7"]);
  expect(answers.map(({ headers }) => headers.get("x-tokligence-queue-position"))).toEqual(["1", "1", "2"]);
  for (const { headers } of answers) expect(Number(headers.get("x-tokligence-queue-ms"))).toBeGreaterThan(0);
  expect(await Promise.all([3, 5, 7].map(queued))).toEqual([0, 0, 0]);
  const rows = await eventually("four rows", async () => {
    const logs = await gateway.logs();
    return logs.length === 4 ? logs : undefined;
  });
  expect(rows.filter(({ queue_ms }) => queue_ms > 0).length).toBe(3);
});

test("the metrics tell of capacity, places and decisions", async () => {
  const text = await gateway.metrics();
  expect(text).toContain('tokligence_capacity_usage{dimension="concurrent",model="a/test-model"} 0');
  expect(text).toContain(
    'tokligence_capacity_concurrent_requests_limit{model="test-model",deployment="a/test-model"} 1',
  );
  expect(text).toMatch(/tokligence_scheduling_latency_seconds_count\{priority="3"\} 1/);
  expect(text).toContain('tokligence_scheduling_requests_total{priority="7",outcome="dispatched"} 1');
  expect(text).toContain('tokligence_inflight_requests{deployment="a/test-model"} 0');
});

test("a level that is none is refused before anybody is asked", async () => {
  const before = upstream.calls.length;
  const answer = await chat(gateway, {}, { headers: { "x-tokligence-priority": "urgentest" } });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("x-tokligence-priority");
  expect(upstream.calls.length).toBe(before);
});

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type UsageLogView, usageLogViewSchema } from "#core/api/usage.ts";
import { chat, chatStream, postJson, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { FrameReader } from "../harness/frame-reader.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { chunk, completion, failure, stream } from "../harness/upstream-script.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(30_000);

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({
    upstreams: { up: upstream },
    ini: "[gateway]\nmax_retries = 0\n",
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const idOf = (answer: Response): string => answer.headers.get("x-request-id") ?? "";

/** The one row of this request; a second one fails the test. */
async function rowOf(requestId: string): Promise<UsageLogView> {
  const rows = (await gateway.logs()).filter((row) => row.request_id === requestId);
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`${rows.length} rows for ${requestId}`);
  return row;
}

/** A whole answer of this model with these counts. */
function counted(model: string, usage: object): void {
  upstream.script({
    body: {
      id: "x",
      object: "chat.completion",
      model,
      choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
      usage,
    },
  });
}

test("every request has one row with the id of its answer, whole, streamed and embedding alike", async () => {
  const key = await gateway.createKey();
  upstream.script(completion());
  const whole = await chat(gateway, { model: "gpt-4o" }, withKey(key));
  upstream.script(stream(["a"], "gpt-4o"));
  const streamed = await chatStream(gateway, { model: "gpt-4o" }, withKey(key));
  upstream.script({
    body: {
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0] }],
      model: "text-embedding-3-small",
      usage: { prompt_tokens: 4, total_tokens: 4 },
    },
  });
  const embedded = await postJson(
    `${gateway.url}/v1/embeddings`,
    { model: "text-embedding-3-small", input: "x" },
    withKey(key),
  );
  for (const answer of [whole, streamed, embedded]) await answer.text();
  const [first, second, third] = [await rowOf(idOf(whole)), await rowOf(idOf(streamed)), await rowOf(idOf(embedded))];
  expect(Object.keys(first).toSorted()).toEqual(Object.keys(usageLogViewSchema.shape).toSorted());
  expect(first).toMatchObject({
    direction: "consume",
    operation: "chat",
    protocol: "openai-chat",
    provider: "up",
    requested_model: "gpt-4o",
    model: "gpt-4o",
    stream: false,
    outcome: "finished",
    error_code: null,
    http_status: 200,
    attempts: 1,
    usage_source: "upstream",
  });
  expect(second).toMatchObject({ stream: true, outcome: "finished", first_token_ms: expect.any(Number) });
  expect(third).toMatchObject({ operation: "embeddings", input_tokens: 4, cost_nanos: "80" });
  expect([second.seq - first.seq, third.seq - second.seq]).toEqual([1, 1]);
  expect(new Set([first.node_id, second.node_id, third.node_id]).size).toBe(1);
  expect(first.latency_ms).toBeGreaterThan(0);
  expect(first.tenant_id).toBe(first.user_id ?? "none");
});

test("T-25 cached and reasoning parts are booked and priced apart, with the version of the price list", async () => {
  counted("gpt-4o", {
    prompt_tokens: 1000,
    completion_tokens: 100,
    prompt_tokens_details: { cached_tokens: 200 },
    completion_tokens_details: { reasoning_tokens: 40 },
  });
  const row = await rowOf(idOf(await chat(gateway, { model: "gpt-4o" })));
  expect(row).toMatchObject({ input_tokens: 1000, cached_tokens: 200, output_tokens: 100, reasoning_tokens: 40 });
  // 800 at 2.50, 200 at 1.25 and 100 at 10.00 dollars a million.
  expect([row.cost_nanos, row.cost_usd]).toEqual(["3250000", "0.00325"]);
  expect(row.price_version).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test("the model that answered decides the price, not the one that was asked for", async () => {
  counted("gpt-4o-mini-2024-07-18", { prompt_tokens: 1_000_000, completion_tokens: 0 });
  const row = await rowOf(idOf(await chat(gateway, { model: "gpt-4o" })));
  expect(row).toMatchObject({
    requested_model: "gpt-4o",
    response_model: "gpt-4o-mini-2024-07-18",
    cost_nanos: "150000000",
  });
});

test("T-26 a model without a price has no cost, and that is visible; the built-in model costs an exact zero", async () => {
  counted("vendor-x", { prompt_tokens: 10, completion_tokens: 5 });
  const unknown = await rowOf(idOf(await chat(gateway, { model: "vendor-x" })));
  expect([unknown.cost_nanos, unknown.cost_usd, unknown.price_version, unknown.input_tokens]).toEqual([
    null,
    null,
    null,
    10,
  ]);
  const free = await rowOf(idOf(await chat(gateway, { model: "loopback" })));
  expect([free.cost_nanos, free.provider]).toEqual(["0", "loopback"]);
  const totals = await gateway.cli("usage", "summary", "--json");
  const total = totals.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .find(({ model }) => model === "vendor-x");
  expect(total).toMatchObject({ unpriced_requests: 1, input_tokens: 10, output_tokens: 5 });
});

test("T-22 F24 a caller who leaves mid-stream pays for what was produced, marked as an estimate, and the provider stops", async () => {
  const words = Array.from({ length: 20 }, () => "eighteen letters..");
  upstream.script({ ...stream(words, "gpt-4o"), intervalMs: 60, end: "hang" });
  const answer = await chatStream(gateway, { model: "gpt-4o" });
  const reader = new FrameReader(answer);
  for (let frame = 0; frame < 4; frame += 1) await reader.next();
  await reader.cancel();
  const row = await eventually("the row is booked", async () =>
    (await gateway.logs()).find(({ request_id }) => request_id === idOf(answer)),
  );
  expect(row).toMatchObject({
    outcome: "aborted",
    error_code: "client_closed",
    usage_source: "estimated",
    stream: true,
  });
  expect(row.output_tokens).toBeGreaterThanOrEqual(15);
  expect(row.output_tokens).toBeLessThan(100);
  expect(Number(row.cost_nanos)).toBeGreaterThan(0);
  await eventually("the provider notices", () => upstream.calls.at(-1)?.abortedAtMs !== undefined);
});

test("T-23 what fails costs nothing, and the text of an error is never counted", async () => {
  const events = [
    chunk({ content: "half an answer" }, null, "gpt-4o"),
    { error: { message: "long ".repeat(500), code: 500 } },
  ];
  const scripts = [failure(500, "long ".repeat(500)), { events }] as const;
  for (const script of scripts) {
    upstream.script(script);
    const answer = await chatStream(gateway, { model: "gpt-4o" });
    await answer.text();
    const row = await rowOf(idOf(answer));
    expect(row).toMatchObject({ outcome: "failed", error_code: "upstream_error", http_status: 502 });
    expect(Number(row.cost_nanos ?? "0")).toBe(0);
    expect(row.output_tokens ?? 0).toBeLessThan(10);
  }
});

test("an unknown model is a failed row that names no provider and no price", async () => {
  await using strict = await startGateway();
  const answer = await chat(strict, { model: "nobody-has-it" });
  const [row] = await strict.logs();
  expect(row).toMatchObject({
    request_id: idOf(answer),
    outcome: "failed",
    error_code: "model_not_found",
    http_status: 404,
    provider: null,
    model: null,
    attempts: 0,
    usage_source: "none",
    input_tokens: null,
    output_tokens: null,
    cost_nanos: null,
  });
});

test("what is refused at the door consumes nothing: no row, and nobody is asked", async () => {
  const before = [upstream.calls.length, (await gateway.logs()).length];
  const url = `${gateway.url}/v1/chat/completions`;
  const answers = [await postJson(url, "{"), await chat(gateway, { messages: "none" }), await postJson(url, "[]")];
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
  expect([upstream.calls.length, (await gateway.logs()).length]).toEqual(before);
});

test.each([
  ["absurd", { prompt_tokens: 1e12, completion_tokens: 1e12 }],
  ["negative", { prompt_tokens: -5, completion_tokens: -5 }],
  ["fractional", { prompt_tokens: 1.5, completion_tokens: 2.5 }],
  ["missing", undefined],
  ["null", null],
])("T-24 F48 %s usage is not believed: the row holds a small estimate and says so", async (_, usage) => {
  counted("gpt-4o", usage as object);
  const row = await rowOf(idOf(await chat(gateway, { model: "gpt-4o" })));
  expect(row).toMatchObject({ outcome: "finished", usage_source: "estimated" });
  expect([row.input_tokens, row.output_tokens]).toEqual([2, 1]);
  expect(Number(row.cost_nanos)).toBe(2 * 2500 + 10_000);
});

test("the summary adds up exactly what the rows say", async () => {
  await using own = await startGateway({ upstreams: { up: upstream }, ini: "[gateway]\nmax_retries = 0\n" });
  const usage = { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 200 } };
  counted("gpt-4o", usage);
  for (let turn = 0; turn < 3; turn += 1) await chat(own, { model: "gpt-4o" });
  upstream.script(failure(500));
  await chat(own, { model: "gpt-4o" });
  const summary = await own.cli("usage", "summary", "--json");
  expect(JSON.parse(summary.stdout)).toMatchObject({
    provider: "up",
    model: "gpt-4o",
    requests: 4,
    failed: 1,
    aborted: 0,
    input_tokens: 3000,
    cached_tokens: 600,
    output_tokens: 300,
    cost_nanos: "9750000",
    cost_usd: "0.00975",
  });
});

test("usage logs prints the newest first, one object a row, no more than asked for, and the same while it is stopped", async () => {
  await using own = await startGateway();
  const ids: string[] = [];
  for (let turn = 0; turn < 4; turn += 1) ids.push(idOf(await chat(own, { model: "loopback" })));
  const read = async (): Promise<string[]> => {
    const { stdout } = await own.cli("usage", "logs", "--json", "--limit", "3");
    return stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as UsageLogView).request_id);
  };
  const newest = ids.toReversed().slice(0, 3);
  expect(await read()).toEqual(newest);
  await own.stop();
  expect(await read()).toEqual(newest);
  expect((await own.cli("usage", "logs", "--limit", "0")).exitCode).toBe(2);
});

test("no prompt, answer, address or e-mail stands in a row", async () => {
  upstream.script(completion("the-answer-canary"));
  const answer = await chat(gateway, {
    messages: [{ role: "user", content: "the-prompt-canary" }],
    user: "mail-canary@example.com",
  });
  await answer.text();
  const row = JSON.stringify(await rowOf(idOf(answer)));
  expect(row).not.toMatch(/canary|127\.0\.0\.1/);
});

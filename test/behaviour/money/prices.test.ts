/** What a call costs, who is told, and what becomes of calls whose cost is unknown or absurd. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream, errorOf, postJson } from "../../harness/client.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from "../../harness/gateway.ts";
import { HeldUpstream } from "../../harness/held-upstream.ts";
import { type BookedRow, bookedRows, control, createBudget, setPrice } from "../../harness/money.ts";
import { completion, stream } from "../../harness/upstream-script.ts";

// Several gateways are started, beside whatever else the machine does.
setDefaultTimeout(30_000);

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { up: upstream } });
  await setPrice(gateway, "test-model", { input: "1", output: "2" });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const asksCost = { headers: { "x-tokligence-cost": "true" } };
const costHeader = "x-tokligence-cost-usd";
const textIn = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

function lastRow(of: GatewayUnderTest = gateway): BookedRow {
  const row = bookedRows(of).at(-1);
  if (row === undefined) throw new Error("Nothing is booked.");
  return row;
}

/** A whole answer with these counts. */
function counted(usage: object, model = "test-model") {
  const message = { role: "assistant", content: "Hi" };
  return {
    body: {
      id: "x",
      object: "chat.completion",
      model,
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage,
    },
  };
}

describe("the cost of an answer", () => {
  test("is in a header for whoever asks, and for nobody else", async () => {
    upstream.script(completion());
    const told = await chat(gateway, {}, asksCost);
    expect([told.status, told.headers.get(costHeader)]).toEqual([200, "0.000013"]);
    expect(JSON.stringify(upstream.calls.at(-1)?.headers)).not.toContain("x-tokligence");
    const untold = await chat(gateway);
    expect(untold.headers.get(costHeader)).toBeNull();
  });

  test("is in a comment before the end of a stream, forwarded or written anew", async () => {
    upstream.script(stream());
    const forwarded = await (await chatStream(gateway, {}, asksCost)).text();
    expect(forwarded).toMatch(/\n: x-tokligence-cost-usd=0\.000013\n\ndata: \[DONE\]\n\n$/);
    const asked = { model: "test-model", max_tokens: 50, messages: [{ role: "user", content: "Hello" }], stream: true };
    const written = await (await postJson(`${gateway.url}/v1/messages`, asked, asksCost)).text();
    expect(written).toMatch(/\n: x-tokligence-cost-usd=0\.000013\n\n[\s\S]*event: message_stop\n/);
    const untold = await (await chatStream(gateway)).text();
    expect(untold).not.toContain("cost-usd");
  });

  test("is unknown where no price is known, and nothing for counting tokens", async () => {
    upstream.script(completion("Hi", "own-finetune"));
    const unpriced = await chat(gateway, { model: "own-finetune" }, asksCost);
    expect(unpriced.headers.get(costHeader)).toBe("unknown");
    const count = { model: "test-model", messages: [{ role: "user", content: "Hello" }] };
    const counting = await postJson(`${gateway.url}/v1/messages/count_tokens`, count, asksCost);
    expect([counting.status, counting.headers.get(costHeader)]).toEqual([200, "0"]);
  });

  test("a wish that is neither yes nor no, and tags that are none, are refused by name", async () => {
    const wish = await chat(gateway, {}, { headers: { "x-tokligence-cost": "please" } });
    expect([wish.status, await errorOf(wish)]).toMatchObject([400, { param: "x-tokligence-cost" }]);
    const tags = await chat(gateway, {}, { headers: { "x-tokligence-tags": "fine,not fine" } });
    expect([tags.status, await errorOf(tags)]).toMatchObject([400, { param: "x-tokligence-tags" }]);
  });

  test("T-25: every kind of token has its own price, per million and never per token", async () => {
    await control(gateway, "PUT", "/prices", {
      model: "kinds",
      input: "1",
      cached: "0.1",
      cache_write: "1.25",
      audio_input: "40",
      image_input: "5",
      output: "2",
      reasoning: "3",
      audio_output: "80",
      request: "0.01",
    });
    const usage = {
      prompt_tokens: 1_000,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 200, audio_tokens: 30, image_tokens: 40 },
      completion_tokens: 500,
      completion_tokens_details: { reasoning_tokens: 50, audio_tokens: 60 },
    };
    upstream.script(counted(usage, "kinds"));
    await (await chat(gateway, { model: "kinds" })).text();
    const micros = 630 * 1 + 100 * 0.1 + 200 * 1.25 + 30 * 40 + 40 * 5 + 390 * 2 + 50 * 3 + 60 * 80 + 10_000;
    expect(lastRow()).toMatchObject({
      cost_nanos: BigInt(micros * 1_000),
      audio_input_tokens: 30n,
      image_input_tokens: 40n,
      audio_output_tokens: 60n,
    });
  });

  test("T-25: a long context has the price of its step, for the whole call", async () => {
    const steps = [{ above_input_tokens: 100, input: "10", output: "20" }];
    await control(gateway, "PUT", "/prices", { model: "long", input: "1", output: "2", steps });
    for (const [input, nanos] of [
      [100, 100 * 1_000 + 10 * 2_000],
      [101, 101 * 10_000 + 10 * 20_000],
    ] as const) {
      upstream.script(counted({ prompt_tokens: input, completion_tokens: 10 }, "long"));
      await (await chat(gateway, { model: "long" })).text();
      expect(lastRow()["cost_nanos"]).toBe(BigInt(nanos));
    }
  });

  test("L13 is by the prices of the moment the call arrived, whatever is set while it runs", async () => {
    using held = new HeldUpstream();
    await using own = await startGateway({ upstreams: { held } });
    await setPrice(own, "test-model", { input: "1", output: "2" });
    const asking = chat(own);
    const call = await held.call(0);
    await setPrice(own, "test-model", { input: "100", output: "200" });
    call.answer();
    await (await asking).text();
    held.open();
    await (await chat(own)).text();
    const [before, after] = bookedRows(own);
    expect([before?.["cost_nanos"], after?.["cost_nanos"]]).toEqual([13_000n, 1_300_000n]);
    expect(before?.["price_version"]).not.toBe(after?.["price_version"]);
  });
});

describe("F110 a model without a price", () => {
  const rules = ["allow", "deny", "free"] as const;
  const shown: Readonly<Record<(typeof rules)[number], readonly [number, object]>> = {
    allow: [200, { usage_source: "upstream", cost_nanos: null, price_version: null }],
    deny: [403, { error_code: "model_unpriced", attempts: 0n, cost_nanos: null }],
    free: [200, { cost_nanos: 0n, price_version: "free" }],
  };

  test.each(rules)("under %s is what was settled, and never silently free", async (rule) => {
    await using own = await startGateway(ruled(`unpriced = ${rule}`));
    upstream.script(completion("Hi", "own-finetune"));
    const answer = await chat(own, { model: "own-finetune" });
    const [status, row] = shown[rule];
    expect([answer.status, lastRow(own)]).toMatchObject([status, row]);
    if (rule === "deny") expect(await errorOf(answer)).toMatchObject({ code: "model_unpriced" });
    if (rule === "allow") expect(await own.metrics()).toMatch(/tokligence_unpriced_requests_total\{[^}]*\} 1/);
  });

  test("is refused where a hard budget applies, for what it costs could not be bounded", async () => {
    await using own = await startGateway(ruled("unpriced = allow"));
    await createBudget(own, { scope: "org", limit_usd: "1000" });
    const before = upstream.calls.length;
    const answer = await chat(own, { model: "own-finetune" });
    expect([answer.status, (await errorOf(answer))["code"], upstream.calls.length]).toEqual([
      403,
      "model_unpriced",
      before,
    ]);
  });
});

describe("T-24 the most that one call may cost", () => {
  let own: GatewayUnderTest;
  beforeAll(async () => {
    own = await startGateway(ruled("max_request_usd = 0.01"));
    // A cent is 100 tokens of output.
    await setPrice(own, "test-model", { input: "1", output: "100" });
  });
  afterAll(() => own[Symbol.asyncDispose]());

  test("refuses a call that could cost more, before anybody is asked", async () => {
    const before = upstream.calls.length;
    const answer = await chat(own, { max_tokens: 101 });
    expect([answer.status, await errorOf(answer)]).toMatchObject([400, { type: "invalid_request_error" }]);
    expect(upstream.calls.length).toBe(before);
  });

  test("charges nobody more, whatever a provider says: the rest is a fault, logged and counted", async () => {
    upstream.script(counted({ prompt_tokens: 7, completion_tokens: 95_700_000 }));
    const answer = await chat(own, { max_tokens: 90 }, asksCost);
    expect([answer.status, answer.headers.get(costHeader)]).toEqual([200, "0.01"]);
    const whole = 7_000n + 95_700_000n * 100_000n;
    expect(lastRow(own)).toMatchObject({ cost_nanos: 10_000_000n, overhead_nanos: whole - 10_000_000n });
    expect(own.output()).toContain("request_cost_above_ceiling");
    expect(await own.metrics()).toContain("tokligence_request_ceiling_exceeded_total 1");
  });
});

test("a caller under a hard budget that names no limit of its answer has one said for it, and no other byte changed", async () => {
  await using own = await startGateway({ upstreams: { up: upstream } });
  await setPrice(own, "test-model", { input: "1", output: "1" });
  await createBudget(own, { scope: "org", limit_usd: "1" });
  upstream.script(completion());
  const asked = '{ "model":"test-model","seed":12345678901234567890,"messages":[{"role":"user","content":"a"}] }';
  expect((await postJson(`${own.url}/v1/chat/completions`, asked)).status).toBe(200);
  expect(textIn(upstream.calls.at(-1)?.body)).toBe(asked.replace("] }", '] ,"max_tokens":8192}'));
  const named = asked.replace("] }", '], "max_completion_tokens":5}');
  expect((await postJson(`${own.url}/v1/chat/completions`, named)).status).toBe(200);
  expect(textIn(upstream.calls.at(-1)?.body)).toBe(named);
  const messages = { model: "test-model", max_tokens: 77, messages: [{ role: "user", content: "a" }] };
  expect((await postJson(`${own.url}/v1/messages`, messages)).status).toBe(200);
  expect(upstream.calls.at(-1)?.json()).toMatchObject({ max_tokens: 77 });
});

function ruled(rule: string): GatewayUnderTestOptions {
  return { upstreams: { up: upstream }, ini: `[ledger]\n${rule}\n` };
}

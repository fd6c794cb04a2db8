import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { anthropicSpeech } from "../../harness/anthropic-speech.ts";
import { chat, contentOf, postJson } from "../../harness/client.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { HeldUpstream } from "../../harness/held-upstream.ts";
import { metric, queueOf } from "../../harness/queue.ts";
import { threeFamilies } from "../../harness/three-families.ts";
import { completion } from "../../harness/upstream-script.ts";

setDefaultTimeout(30_000);

const queueMs = ({ headers }: Response): number => Number(headers.get("x-tokligence-queue-ms"));
const multiDimensional = "[scheduling]\nenabled = true\ncapacity_model = multi_dimensional\n";

test("TC-P0-CAP-001 test_capacity_limits: at 1000 tokens a second ten calls of 100 go at once, those beyond as the rate allows", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({
    upstreams: { a: upstream },
    ini: `${multiDimensional}[provider.a.test-model]\nmax_tokens_per_sec = 1000\n`,
  });
  const beganAtMs = performance.now();
  // "Hello" is two tokens.
  const asked = Array.from({ length: 15 }, () => chat(gateway, { max_tokens: 98 }));
  await upstream.call(14);
  const tookMs = performance.now() - beganAtMs;
  upstream.open();
  const answers = await Promise.all(asked);
  expect(answers.map(({ status }) => status)).toEqual(asked.map(() => 200));
  const waits = answers.map(queueMs).toSorted((a, b) => a - b);
  expect(waits.slice(0, 10)).toEqual(Array(10).fill(0));
  // 1000 are there at once and one call may go into debt: the other 400 take 400 ms, however late the calls came.
  expect(tookMs).toBeGreaterThan(390);
});

test("TC-P0-CAP-002 test_capacity_limits: of eleven calls at a concurrency of ten the eleventh waits, first in the queue", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({
    upstreams: { a: upstream },
    ini: "[scheduling]\nenabled = true\n[provider.a.test-model]\nmax_concurrent = 10\n",
  });
  const running = Array.from({ length: 10 }, () => chat(gateway));
  const last = await upstream.call(9);
  const eleventh = chat(gateway);
  await queueOf(gateway, 5, 1);
  expect(upstream.calls.length).toBe(10);
  last.answer();
  await upstream.call(10);
  upstream.open();
  const answers = await Promise.all(running);
  expect(answers.map((answer) => [answer.status, queueMs(answer)])).toEqual(running.map(() => [200, 0]));
  expect(answers.map(({ headers }) => headers.get("x-tokligence-queue-position"))).toEqual(running.map(() => null));
  const waited = await eleventh;
  expect([waited.status, waited.headers.get("x-tokligence-queue-position")]).toEqual([200, "1"]);
  expect(queueMs(waited)).toBeGreaterThan(0);
});

describe("TC-P0-CAP-003 test_capacity_limits: 150,000 tokens of prompt", () => {
  const prompt = "token ".repeat(90_000);
  const upstream = new FakeUpstream();
  const long = new FakeUpstream({
    body: { ...(completion("long").body as object), usage: { prompt_tokens: 150_000, completion_tokens: 1 } },
  });
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGateway({
      upstreams: { a: upstream, b: long },
      ini: `next-model = a, b
same-model = a | b
${multiDimensional}[provider.a]
max_context_length = 128000
[provider.b]
max_context_length = 200000
`,
    });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    upstream.stop();
    long.stop();
  });

  test.each([
    ["openai", "invalid_request_error/context_length_exceeded", "maximum context length is 128000 tokens"],
    ["anthropic", "invalid_request_error", "prompt is too long: 150"],
    ["gemini", "400 INVALID_ARGUMENT", "exceeds the maximum number of tokens allowed (128000)"],
  ])("are refused where 128,000 fit, in the words of %s", async (name, refusal, words) => {
    const family = threeFamilies.find((one) => one.name === name);
    for (const streamed of [false, true]) {
      const answer = await family?.ask(gateway.url, { text: prompt, streamed });
      const body = await answer?.json();
      expect([answer?.status, answer?.headers.get("retry-after")]).toEqual([400, null]);
      expect(family?.refusal(body)).toBe(refusal);
      expect(JSON.stringify(body)).toContain(words);
    }
    expect(upstream.calls).toEqual([]);
  });

  test.each(["next-model", "same-model"])("go where they fit (%s)", async (model) => {
    for (let asked = 0; asked < 4; asked += 1) {
      const answer = await chat(gateway, { model, messages: [{ role: "user", content: prompt }] });
      expect([answer.status, await contentOf(answer)]).toEqual([200, "long"]);
    }
    expect(upstream.calls).toEqual([]);
  });

  test("may be counted all the same, and that takes no capacity", async () => {
    using provider = new FakeUpstream(anthropicSpeech.counted(150_000));
    await using other = await startGateway({
      ini: `[provider.c]\ntype = anthropic\nbase_url = ${provider.origin}\napi_key = k\nmax_context_length = 128000
max_tokens_per_sec = 1000\n[routes]\n* = c\n${multiDimensional}`,
    });
    for (let asked = 0; asked < 3; asked += 1) {
      const messages = [{ role: "user", content: prompt }];
      const answer = await postJson(`${other.url}/v1/messages/count_tokens`, { model: "m", messages });
      expect([answer.status, await answer.json()]).toEqual([200, { input_tokens: 150_000 }]);
    }
    expect(await metric(other, 'tokligence_capacity_token_debt{deployment="c"}')).toBe(0);
  });

  test("are counted with the answer that is asked for", async () => {
    const short = await chat(gateway, { max_tokens: 1000 });
    expect(short.status).toBe(200);
    const answer = await chat(gateway, { max_tokens: 128_000 });
    expect(answer.status).toBe(400);
  });
});

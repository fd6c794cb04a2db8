/** The official `openai` client talks to the gateway as it talks to OpenAI: whole answers, streams, tools, fields. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type OpenAI from "openai";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { openAiClient } from "../harness/openai-client.ts";
import { chunk, completion, stream } from "../harness/upstream-script.ts";

const upstream = new FakeUpstream();
const messages: ChatCompletionMessageParam[] = [{ role: "user", content: "What is the weather in Oslo?" }];
const weather = {
  name: "weather",
  description: "Weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

/** The weather as a tool that the client runs by itself; it always rains. */
function runnable(asked: unknown[]) {
  const rain = (input: unknown): string => {
    asked.push(input);
    return "rain";
  };
  return { type: "function" as const, function: { ...weather, parse: JSON.parse, function: rain } };
}

let gateway: GatewayUnderTest;
let client: OpenAI;

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { up: upstream } });
  client = openAiClient(gateway);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

test("a whole answer is the provider's, with usage and the id of its ledger row", async () => {
  upstream.script(completion("Hello there!"));
  const answer = await client.chat.completions.create({ model: "test-model", messages });
  expect(answer.choices[0]?.message.content).toBe("Hello there!");
  expect(answer.usage).toEqual({ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 });
  const [row] = await gateway.logs();
  expect(row).toMatchObject({ request_id: answer._request_id as string, outcome: "finished", output_tokens: 3 });
});

test("a stream read with for await gives every word, and usage only when asked for", async () => {
  upstream.script(stream(["Hello", " there", "!"]));
  for (const asked of [false, true]) {
    const events = await client.chat.completions.create({
      model: "test-model",
      messages,
      stream: true,
      ...(asked ? { stream_options: { include_usage: true } } : {}),
    });
    let text = "";
    const usages: unknown[] = [];
    for await (const event of events) {
      text += event.choices[0]?.delta.content ?? "";
      if (event.usage) usages.push(event.usage);
    }
    expect(text).toBe("Hello there!");
    expect(usages).toEqual(asked ? [{ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }] : []);
  }
  expect(upstream.calls.slice(-2).map((call) => call.json()["stream_options"])).toEqual([
    { include_usage: true },
    { include_usage: true },
  ]);
});

test("the .stream() helper folds a stream into the whole answer", async () => {
  upstream.script(stream(["Hello", " there", "!"]));
  const pieces: string[] = [];
  const runner = client.chat.completions
    .stream({ model: "test-model", messages, stream_options: { include_usage: true } })
    .on("content", (piece) => pieces.push(piece));
  const answer = await runner.finalChatCompletion();
  expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "Hello there!" } });
  expect(pieces.join("")).toBe("Hello there!");
  expect(await runner.totalUsage()).toMatchObject({ prompt_tokens: 7, completion_tokens: 3 });
});

test("a whole turn with a tool: the call, its result, the final text", async () => {
  const call = { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } };
  const message = { role: "assistant", content: null, tool_calls: [call] };
  const asking = { ...(completion().body as object), choices: [{ index: 0, message, finish_reason: "tool_calls" }] };
  upstream.script({ body: asking }, completion("It rains."));
  const asked: unknown[] = [];
  const runner = client.chat.completions.runTools({
    model: "test-model",
    messages,
    tools: [runnable(asked)],
  });
  expect(await runner.finalContent()).toBe("It rains.");
  expect(asked).toEqual([{ city: "Oslo" }]);
  expect(upstream.calls.at(-1)?.json()["messages"]).toMatchObject([
    ...messages,
    { role: "assistant", tool_calls: [call] },
    { role: "tool", tool_call_id: "call_1", content: "rain" },
  ]);
});

test("the arguments of a streamed tool call arrive whole, however they were cut", async () => {
  const delta = (id: string | undefined, name: string | undefined, text: string) =>
    chunk({ tool_calls: [{ index: 0, id, type: "function", function: { name, arguments: text } }] });
  upstream.script({
    events: [
      chunk({ role: "assistant", content: null }),
      delta("call_1", "weather", ""),
      delta(undefined, undefined, '{"ci'),
      delta(undefined, undefined, 'ty":"Oslo"}'),
      chunk({}, "tool_calls"),
      "[DONE]",
    ],
  });
  const runner = client.chat.completions.stream({
    model: "test-model",
    messages,
    tools: [{ type: "function", function: weather }],
  });
  const [call] = (await runner.finalMessage()).tool_calls ?? [];
  expect(call).toMatchObject({ id: "call_1", function: { name: "weather", arguments: '{"city":"Oslo"}' } });
});

test("structured output: the schema reaches the provider, the answer comes back parsed", async () => {
  upstream.script(completion('{"city":"Oslo"}'));
  const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const format = { type: "json_schema" as const, json_schema: { name: "place", strict: true, schema } };
  const answer = await client.chat.completions.parse({ model: "test-model", messages, response_format: format });
  expect(answer.choices[0]?.message.parsed).toEqual({ city: "Oslo" });
  expect(upstream.calls.at(-1)?.json()["response_format"]).toEqual(format);
});

test("the client's headers and key stay here, its user's fields go on", async () => {
  upstream.script(completion());
  await client.chat.completions.create({ model: "test-model", messages, seed: 7, user: "u-1", logprobs: true, n: 2 });
  const call = upstream.calls.at(-1);
  expect(call?.json()).toMatchObject({ seed: 7, user: "u-1", logprobs: true, n: 2 });
  expect(call?.headers["authorization"]).not.toContain("any");
  expect(Object.keys(call?.headers ?? {}).filter((name) => name.startsWith("x-stainless"))).toEqual([]);
});

test("the built-in model does the same: a stream, and a turn with a tool", async () => {
  const runner = client.chat.completions.stream({
    model: "loopback",
    messages: [{ role: "user", content: "one two" }],
  });
  expect((await runner.finalMessage()).content).toContain("one two");
  const asked: unknown[] = [];
  const turn = client.chat.completions.runTools({
    model: "loopback",
    messages: [{ role: "user", content: "[[loopback tool=weather]] Weather?" }],
    tools: [runnable(asked)],
  });
  expect(await turn.finalContent()).toContain("rain");
  expect(asked).toEqual([{ city: "loopback" }]);
});

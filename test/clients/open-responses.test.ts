/**
 * What the compliance tests of Open Responses (github.com/openresponses/openresponses, "HTTP") ask for, in our own words: a
 * promise for each of them, kept by the built-in model and by a provider of each protocol. WebSockets and compaction are not
 * served, and say so.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { errorOf, postJson } from "../harness/client.ts";
import { fourModels, fourProviders } from "../harness/four-providers.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { eventSchema, type OpenResponse, responseSchema } from "./open-responses-schema.ts";

const thinking = { text: "Let me look.", token: "c2lnbmVkIGJ5IGl0cyBtYWtlcg==" };
const said = { thinking, text: "One two three." };
const heart =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const weather = {
  type: "function",
  name: "get_weather",
  description: "The weather of a place",
  parameters: { type: "object", properties: { location: { type: "string" } }, required: ["location"] },
};

const providers = fourProviders();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({ ini: `[gateway]\nmax_retries = 0\n${providers.ini("loopback = loopback")}` });
});
beforeEach(() => {
  for (const provider of providers.all) provider.holds([said]);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  providers.stop();
});

const message = (role: string, content: unknown, fields: object = {}) => ({
  type: "message",
  role,
  content,
  ...fields,
});

/** A whole answer, which must be a valid response that is complete and has items. */
async function answered(model: string, input: unknown, fields: object = {}): Promise<OpenResponse> {
  const answer = await postJson(`${gateway.url}/v1/responses`, { model, input, ...fields });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  const response = responseSchema.parse(await answer.json());
  expect(response).toMatchObject({ status: "completed", completed_at: expect.any(Number), error: null });
  expect(response.output.length).toBeGreaterThan(0);
  return response;
}

/** The events of a streamed answer, each of which must be valid. */
async function streamed(model: string, input: unknown, fields: object = {}) {
  const answer = await postJson(`${gateway.url}/v1/responses`, { model, input, stream: true, ...fields });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const frames = (await answer.text()).split("\n\n").filter((frame) => frame !== "" && !frame.startsWith(":"));
  return frames.map((frame) => {
    const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? [];
    const event = eventSchema.parse(JSON.parse(data ?? "null"));
    expect(name).toBe(event.type);
    return event;
  });
}

describe.each(["loopback", ...fourModels])("Open Responses, %s", (model) => {
  test("basic text response: a user's message is answered with a valid response", async () => {
    const response = await answered(model, [message("user", "Say hello in three words.")]);
    expect(response.output.map(({ type }) => type)).toContain("message");
    expect(response.usage?.total_tokens).toBeGreaterThan(0);
  });

  test("assistant message phase: history that tells commentary from the final answer is accepted", async () => {
    await answered(model, [
      message("assistant", "I should answer with the number.", { phase: "commentary" }),
      message("assistant", "The number is four.", { phase: "final_answer" }),
      message("user", "Repeat the number."),
    ]);
  });

  test("streaming response: every event is valid, in order, and the last one holds the whole response", async () => {
    const events = await streamed(model, [message("user", "Count from one to three.")]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual(["response.created", "response.in_progress"]);
    const last = events.at(-1);
    expect(last?.type).toBe("response.completed");
    const response = responseSchema.parse(last?.["response"]);
    expect([response.status, response.completed_at]).toEqual(["completed", expect.any(Number)]);
    const done: unknown[] = events.flatMap((event) => (event.type.endsWith("item.done") ? [event["item"]] : []));
    expect(last?.["response"]).toHaveProperty("output", done);
    const first = responseSchema.parse(events[0]?.["response"]);
    expect([first.id, first.status, first.completed_at]).toEqual([response.id, "in_progress", null]);
  });

  test("system prompt: a system message stands before the user's", async () => {
    await answered(model, [message("system", "You are a pirate."), message("user", "Say hello.")]);
  });

  test("tool calling: a declared function is called, whole and streamed", async () => {
    for (const provider of providers.all) {
      provider.holds([{ thinking, calls: [{ id: "call_1", name: "get_weather", input: '{"location":"Oslo"}' }] }]);
    }
    const input = [message("user", "What's the weather like in Oslo?")];
    const response = await answered(model, input, { tools: [weather] });
    const calls = response.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
    expect(calls.map(({ name, status }) => [name, status])).toEqual([["get_weather", "completed"]]);
    expect(JSON.parse(calls[0]?.arguments ?? "")).toHaveProperty("location");
    const events = await streamed(model, input, { tools: [weather] });
    const whole = events.find(({ type }) => type === "response.function_call_arguments.done")?.["arguments"];
    expect(whole).toBe(calls[0]?.arguments);
  });

  test("image input: a picture beside a text is accepted", async () => {
    const parts = [
      { type: "input_text", text: "What do you see?" },
      { type: "input_image", image_url: heart },
    ];
    await answered(model, [message("user", parts)]);
  });

  test("multi-turn conversation: what was said before is part of the request", async () => {
    const response = await answered(model, [
      message("user", "My name is Alice."),
      message("assistant", "Hello Alice!"),
      message("user", "What is my name?"),
    ]);
    expect(response.output.map(({ type }) => type)).toContain("message");
    if (model === "loopback") return;
    expect(JSON.stringify(providers.of(model).calls.at(-1)?.json())).toContain("Hello Alice!");
  });

  test("compaction is refused by name, with or without a model", async () => {
    for (const body of [{ model, input: "Hello" }, { input: "Hello" }]) {
      const refused = await postJson(`${gateway.url}/v1/responses/compact`, body);
      expect([refused.status, (await errorOf(refused))["code"]]).toEqual([404, "not_found"]);
    }
  });

  test("an answer that ends early or fails is a valid response that says so", async () => {
    if (model === "loopback") {
      const cut = await streamed(model, "Hello there [[loopback length=1]]");
      expect(cut.at(-1)).toMatchObject({ type: "response.incomplete", response: { completed_at: null } });
      return;
    }
    providers.of(model).holds([{ text: "It rains cats", cutByLimit: true }]);
    expect((await streamed(model, "Hello")).at(-1)).toMatchObject({
      type: "response.incomplete",
      response: { status: "incomplete", completed_at: null, incomplete_details: { reason: "max_output_tokens" } },
    });
  });
});

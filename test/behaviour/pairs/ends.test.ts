/** Why answers end. */
import { describe, expect, test } from "bun:test";
import { chunk } from "../../harness/upstream-script.ts";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import { type Fields, fieldsOf, type PerWire } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
const ways = [false, true];

const tooLong: PerWire<string> = {
  "openai-chat": "length",
  "openai-responses": "max_output_tokens",
  "anthropic-messages": "max_tokens",
  "gemini-generate": "MAX_TOKENS",
};
const filtered: PerWire<string> = {
  "openai-chat": "content_filter",
  "openai-responses": "content_filter",
  "anthropic-messages": "refusal",
  "gemini-generate": "SAFETY",
};

/** What ends an answer that a filter stopped, put into a whole body that has text. */
const stopped: PerWire<(body: Fields) => Fields> = {
  "openai-chat": (body) => ({
    ...body,
    choices: [{ index: 0, message: { role: "assistant", content: "It" }, finish_reason: "content_filter" }],
  }),
  "openai-responses": (body) => ({
    ...body,
    status: "incomplete",
    incomplete_details: { reason: "content_filter" },
  }),
  "anthropic-messages": (body) => ({ ...body, stop_reason: "refusal" }),
  "gemini-generate": (body) => ({
    ...body,
    candidates: [{ index: 0, content: { role: "model", parts: [{ text: "It" }] }, finishReason: "SAFETY" }],
  }),
};

/** How the provider is told to stop at a text. */
const told: PerWire<(body: Fields) => unknown> = {
  "openai-chat": (body) => body["stop"],
  "openai-responses": () => undefined,
  "anthropic-messages": (body) => body["stop_sequences"],
  "gemini-generate": (body) => fieldsOf(body["generationConfig"])["stopSequences"],
};

describe.each(pairs.table)("%s", (_, pair) => {
  const { client, upstream, provider } = pair;

  test.each(ways)("an answer cut by its limit says so, streamed: %p", async (streamed) => {
    provider.holds([{ text: "It rains cats", cutByLimit: true }]);
    const answer = await pair.ask({ text: "Weather?" }, { streamed });
    expect(answer).toMatchObject({ status: 200, text: "It rains cats", end: tooLong[client.name], isWhole: true });
  });

  test.each(ways)("pitfalls 68, 70 a refusal is one in every protocol, streamed: %p", async (streamed) => {
    provider.holds([{ refusal: "I will not." }]);
    const answer = await pair.ask({ text: "Do harm." }, { streamed });
    expect(answer).toMatchObject({ status: 200, calls: [], isWhole: true });
    const isOpenAi = client.name.startsWith("openai");
    // OpenAI's protocols show a refusal as that, and may end plainly; for the others its words are text.
    if (!isOpenAi) expect(answer.end).toMatch(/^(refusal|SAFETY)$/);
    else if (answer.refusal === "") expect(answer.end).toBe("content_filter");
    if (isOpenAi) expect(answer.text).toBe("");
    if (upstream.name.startsWith("openai")) expect(answer.text + answer.refusal).toBe("I will not.");
  });

  test("an answer that a filter stopped says so", async () => {
    const { body } = provider.speech.whole({ text: "It" });
    provider.holds([{ script: { body: stopped[upstream.name](fieldsOf(body)) } }]);
    const answer = await pair.ask({ text: "Weather?" });
    expect(answer).toMatchObject({ status: 200, text: "It", isWhole: true });
    if (!(upstream.name === "anthropic-messages" && answer.refusal !== "")) {
      expect(answer.end).toBe(filtered[client.name]);
    }
  });

  test.each(ways)("pitfall 28 a stop text ends the answer, split or not, streamed: %p", async (streamed) => {
    // Responses has no such wish.
    if (client.name === "openai-responses") return;
    const stops = upstream.name === "openai-responses";
    const said = "one two E N D three";
    provider.holds([{ text: stops ? said : "one two " }]);
    const answer = await pair.ask({ text: "Count.", stop: ["E N D"] }, { streamed });
    expect(answer).toMatchObject({ status: 200, text: "one two ", isWhole: true, dropped: [] });
    expect(told[upstream.name](pair.heard().json())).toEqual(stops ? undefined : ["E N D"]);
    if (client.name === "anthropic-messages") expect(answer.end).toBe(stops ? "stop_sequence" : "end_turn");
    if (client.name === "anthropic-messages" && stops) expect(answer.raw).toContain('"stop_sequence":"E N D"');
  });
});

/** Streams that end without a word on why. */
const wordless: Partial<PerWire<readonly object[]>> = {
  "openai-chat": [chunk({ role: "assistant", content: "It rains." })],
  "anthropic-messages": [
    { type: "message_start", message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 3 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "It rains." } },
    { type: "content_block_stop", index: 0 },
    { type: "message_stop" },
  ],
};
const stoppedWord: PerWire<string> = {
  "openai-chat": "stop",
  "openai-responses": "completed",
  "anthropic-messages": "end_turn",
  "gemini-generate": "STOP",
};
const fromWordless = pairs.translated.filter(([, { upstream }]) => wordless[upstream.name] !== undefined);

test.each(fromWordless)("%s: an end that the provider gives no reason for is one for the caller", async (_, pair) => {
  const { client, provider, upstream } = pair;
  const events = wordless[upstream.name] ?? [];
  const isChat = upstream.name === "openai-chat";
  for (const streamed of [true, false]) {
    provider.holds([{ script: { named: !isChat, events: isChat ? [...events, "[DONE]"] : events } }]);
    const answer = await pair.ask({ text: "Weather?" }, { streamed });
    expect(answer).toMatchObject({ status: 200, text: "It rains.", end: stoppedWord[client.name], isWhole: true });
  }
});

const toChat = pairs.table.filter(([, { upstream }]) => upstream.name === "openai-chat");
test.each(toChat)("pitfall 57 %s: an end without any answer is an error, not an empty success", async (_, pair) => {
  for (const streamed of [true, false]) {
    pair.provider.holds([{ script: { events: ["[DONE]"] } }]);
    expect((await pair.ask({ text: "Weather?" }, { streamed })).status).toBe(502);
  }
});

test.each(toChat)("pitfall 50 %s: calls end a turn as calls, whatever the server says", async (_, pair) => {
  const call = { id: "call_1", type: "function", function: { name: "weather", arguments: "{}" } };
  const events = [chunk({ role: "assistant", content: "" }), chunk({ tool_calls: [{ index: 0, ...call }] })];
  pair.provider.holds([{ script: { events: [...events, chunk({}, "stop"), "[DONE]"] } }]);
  const tools = [{ name: "weather", schema: { type: "object", properties: {} } }];
  const answer = await pair.ask({ text: "Weather?", tools }, { streamed: true });
  expect(answer.calls).toHaveLength(1);
  if (pair.client.name === "anthropic-messages") expect(answer.end).toBe("tool_use");
});

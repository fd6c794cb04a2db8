import { expect, test } from "bun:test";
import fc from "fast-check";
import { foldAnswer } from "#core/chat/fold.ts";
import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import type { ChatRequest, Message, Part, Tool } from "#core/chat/request.ts";
import { anthropicMessagesCodec as codec } from "#core/wire/anthropic-messages/codec.ts";
import { args, call, end, finish, reasoning, text } from "#core/wire/anthropic-messages/events.test-data.ts";
import { context, decoded, encoded } from "#core/wire/anthropic-messages/messages.test-data.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((said) => said.trim() !== "");
const options = { keepUsage: true, requestId: "req_own" };

const arbitraryBlock: fc.Arbitrary<ChatEvent[]> = fc.oneof(
  words.map((said) => [text(said)]),
  words.map((said) => [reasoning(said)]),
  words.map((said): ChatEvent[] => [
    reasoning(said),
    { type: "reasoning-token", choice: 0, token: { kind: "signature", data: "s" } },
  ]),
  fc.constant<ChatEvent[]>([{ type: "reasoning-token", choice: 0, token: { kind: "redacted", data: "r" } }]),
);

const arbitraryAnswer: fc.Arbitrary<ChatEvent[]> = fc
  .record({
    blocks: fc.array(arbitraryBlock, { maxLength: 4 }),
    inputs: fc.array(fc.dictionary(words, words, { maxKeys: 2 }), { maxLength: 3 }),
    reason: fc.constantFrom<FinishReason>("stop", "length", "context_full", "paused"),
    usage: fc.record({ inputTokens: fc.integer({ min: 50, max: 999 }), outputTokens: fc.integer({ min: 9, max: 99 }) }),
    cached: fc.nat({ max: 25 }),
    written: fc.nat({ max: 25 }),
  })
  .map(({ blocks, inputs, reason, usage, cached, written }) => [
    { type: "start", id: "msg_1", model: "claude-asked" },
    ...(inputs.length === 0 ? withoutLastTokens(blocks) : blocks).flat(),
    ...inputs.flatMap((input, number) => [call(number), args(number, JSON.stringify(input))]),
    inputs.length > 0 && reason === "stop" ? finish("tool_calls", "tool_use") : finish(reason, rawOf(reason)),
    { type: "usage", usage: { ...usage, cachedTokens: cached, cacheWriteTokens: written, reasoningTokens: 9 } },
    end,
  ]);

/** A token behind the last text has no place. */
function withoutLastTokens(blocks: readonly ChatEvent[][]): readonly ChatEvent[][] {
  const last = blocks.findLastIndex(([event]) => event?.type !== "reasoning-token");
  return blocks[last]?.[0]?.type === "text" ? blocks.slice(0, last + 1) : blocks;
}

function rawOf(reason: FinishReason): string {
  switch (reason) {
    case "length":
      return "max_tokens";
    case "context_full":
      return "model_context_window_exceeded";
    case "paused":
      return "pause_turn";
    default:
      return "end_turn";
  }
}

test("pitfall 65: what is written as a stream means the same when it is read", () => {
  fc.assert(
    fc.property(arbitraryAnswer, (events) => {
      const writer = codec.createWriter(context);
      const stream = codec.createDecoder(options);
      const pieces = [...events.flatMap((event) => stream.push(writer.event(event))), ...stream.end()];
      expect(foldAnswer(pieces.flatMap((piece) => piece.events))).toEqual(foldAnswer(events));
    }),
  );
});

test("pitfall 65: what is written as a body means the same when it is read", () => {
  fc.assert(
    fc.property(arbitraryAnswer, (events) => {
      expect(foldAnswer(codec.decodeWhole(codec.encodeWhole(events, context), options))).toEqual(foldAnswer(events));
    }),
  );
});

const cache = fc.constantFrom({}, { cache: { ttl: "1h" as const } });
const said: fc.Arbitrary<Part> = fc.tuple(words, cache).map(([word, mark]) => ({ type: "text", text: word, ...mark }));
const thought: fc.Arbitrary<Part> = fc.constantFrom<Part>(
  { type: "reasoning", text: "Hm.", token: { kind: "signature", data: "s" } },
  { type: "reasoning", text: "", token: { kind: "redacted", data: "r" } },
);
const image: Part = {
  type: "media",
  kind: "image",
  source: { type: "data", mimeType: "image/png", base64: "iVBORw0KGgo=" },
  path: "",
};

/** A round of a tool loop: thinking, words, calls, their results, and what the user says beside them. */
const arbitraryRound: fc.Arbitrary<Message[]> = fc
  .record({
    thoughts: fc.array(thought, { maxLength: 2 }),
    spoken: fc.array(said, { maxLength: 2 }),
    input: fc.dictionary(words, fc.jsonValue(), { maxKeys: 2 }),
    answer: fc.array(fc.oneof(said, fc.constant(image)), { maxLength: 2 }),
    isError: fc.constantFrom({}, { isError: true }),
    beside: fc.array(said, { minLength: 1, maxLength: 2 }),
  })
  .map(({ thoughts, spoken, input, answer, isError, beside }): Message[] => [
    {
      role: "assistant",
      parts: [
        ...thoughts,
        ...spoken,
        { type: "tool-call", id: "toolu_1", name: "f", form: "function", argumentsText: JSON.stringify(input) },
      ],
    },
    {
      role: "tool",
      parts: [
        {
          type: "tool-result",
          callId: "toolu_1",
          parts: answer.filter((part) => part.type === "text" || part.type === "media"),
          ...isError,
        },
      ],
    },
    { role: "user", parts: beside },
  ]);

const arbitraryTool: fc.Arbitrary<Tool> = fc.record(
  {
    kind: fc.constant("function" as const),
    name: fc.constantFrom("f", "g"),
    description: words,
    parameters: fc.constant({ type: "object", properties: { a: { type: "string" } } }),
    examples: fc.constant([{ a: "x" }]),
  },
  { requiredKeys: ["kind", "name", "parameters"] },
);

const arbitraryChat: fc.Arbitrary<Partial<ChatRequest>> = fc
  .record({
    system: fc.array(said, { maxLength: 2 }),
    rounds: fc.array(arbitraryRound, { maxLength: 3 }),
    tools: fc.array(arbitraryTool, { minLength: 1, maxLength: 3 }),
    rest: fc.record(
      {
        temperature: fc.constantFrom(0, 0.5, 1),
        topP: fc.constantFrom(0.1, 0.9),
        topK: fc.integer({ min: 1, max: 50 }),
        maxOutputTokens: fc.integer({ min: 1, max: 60_000 }),
        stop: fc.array(words, { minLength: 1, maxLength: 2 }),
        user: words,
        serviceTier: fc.constant("default"),
        stream: fc.boolean(),
        parallelToolCalls: fc.constant(false),
        toolChoice: fc.constantFrom({ type: "required" as const }, { type: "tool" as const, name: "f" }),
      },
      { requiredKeys: ["maxOutputTokens"] },
    ),
  })
  .map(({ system, rounds, tools, rest }) => ({
    ...rest,
    tools,
    messages: [
      ...(system.length === 0 ? [] : [{ role: "system" as const, parts: system }]),
      { role: "user" as const, parts: [{ type: "text" as const, text: "hi" }] },
      ...rounds.flat(),
    ],
  }));

test("a request that the protocol can say is read back as it was meant", () => {
  fc.assert(
    fc.property(arbitraryChat, (chat) => {
      const { body } = encoded(withFewMarks(chat));
      expect(unplaced(decoded(body))).toMatchObject(unplaced(withFewMarks(chat)));
    }),
  );
});

/** The request without where the caller wrote things. */
function unplaced(chat: Partial<ChatRequest>): Partial<ChatRequest> {
  return JSON.parse(JSON.stringify(chat, (key, value: unknown) => (key === "path" ? undefined : value))) as ChatRequest;
}

/** More than four marks cannot be said. */
function withFewMarks(chat: Partial<ChatRequest>): Partial<ChatRequest> {
  const marks = JSON.stringify(chat).split('"cache"').length - 1;
  if (marks <= 4) return chat;
  return JSON.parse(
    JSON.stringify(chat, (key, value: unknown) => (key === "cache" ? undefined : value)),
  ) as ChatRequest;
}

test("pitfall 36: a forwarded body is the caller's own but for the model", () => {
  const bytes = new TextEncoder().encode(
    '{ "x_new": 1.50, "model" : "mine", "messages": [{"role":"user","content":[{"type":"novel"}]}], "container":{} , "max_tokens":5}',
  );
  const forwarded = codec.forwardRequest(decodeJsonBody(bytes), { model: "theirs", askUsage: true });
  expect(new TextDecoder().decode(forwarded)).toBe(new TextDecoder().decode(bytes).replace('"mine"', '"theirs"'));
});

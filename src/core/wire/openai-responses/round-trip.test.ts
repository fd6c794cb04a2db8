import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import { openAiResponsesCodec as codec } from "#core/wire/openai-responses/codec.ts";
import {
  contextFor,
  decoded,
  encoded,
  eventsOf,
  framesOf,
  joined,
  options,
  thinker,
} from "#core/wire/openai-responses/responses.test-data.ts";
import { brokenRule } from "#core/wire/openai-responses/stream-grammar.test-data.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const count = fc.nat({ max: 100_000 });
const token = text.map((data) => ({ kind: "encrypted" as const, data }));

/** A piece of an answer, without the numbers of calls. */
const piece = fc.oneof(
  fc.record({ type: fc.constant("text" as const), text }),
  fc.record({ type: fc.constant("refusal" as const), text }),
  fc.record({ type: fc.constant("thought" as const), text: fc.oneof(text, fc.constant("")), token }),
  fc.record(
    {
      type: fc.constant("call" as const),
      id: fc.uuid(),
      name: text,
      custom: fc.boolean(),
      said: text,
      namespace: text,
    },
    { requiredKeys: ["type", "id", "name", "custom", "said"] },
  ),
);

/** Whole answers as this protocol can say all of it. */
const arbitraryAnswer: fc.Arbitrary<ChatEvent[]> = fc
  .record({
    createdSeconds: fc.nat(),
    pieces: fc.array(piece, { maxLength: 8 }),
    cut: fc.boolean(),
    usage: fc.record({
      inputTokens: count,
      cachedTokens: fc.constant(0),
      cacheWriteTokens: fc.constant(0),
      outputTokens: count,
      reasoningTokens: fc.constant(0),
    }),
  })
  .map(({ createdSeconds, pieces, cut, usage }) => {
    const events: ChatEvent[] = [{ type: "start", id: "resp_1", model: "gpt-5", createdSeconds }];
    let calls = 0;
    for (const said of pieces) {
      if (said.type === "thought") {
        if (said.text !== "") events.push({ type: "reasoning", choice: 0, text: said.text });
        events.push({ type: "reasoning-token", choice: 0, token: said.token });
      } else if (said.type === "call") {
        const { id, name, namespace } = said;
        const form = said.custom ? ({ form: "custom" } as const) : {};
        events.push({
          type: "tool-call",
          choice: 0,
          call: calls,
          id,
          name,
          ...form,
          ...(namespace === undefined ? {} : { namespace }),
        });
        events.push({ type: "tool-arguments", choice: 0, call: calls, text: said.said });
        calls += 1;
      } else events.push({ type: said.type, choice: 0, text: said.text });
    }
    const only = pieces.some(({ type }) => type === "refusal") && !pieces.some(({ type }) => type === "text");
    const reason = cut ? "length" : calls > 0 ? "tool_calls" : only ? "refusal" : "stop";
    events.push({ type: "finish", choice: 0, reason, raw: cut ? "max_output_tokens" : "completed" });
    events.push({ type: "usage", usage }, { type: "end" });
    return events;
  });

test("what is written as a stream is read as the same events", () => {
  fc.assert(
    fc.property(arbitraryAnswer, (events) => {
      const writer = codec.createWriter(contextFor());
      const bytes = Buffer.concat(events.map((event) => writer.event(event)));
      expect(joined(eventsOf(bytes))).toEqual(joined(events));
    }),
  );
});

test("what is written as a body is read as the same events, and is the response that ends the stream", () => {
  fc.assert(
    fc.property(arbitraryAnswer, (events) => {
      const body = codec.encodeWhole(events, contextFor());
      expect(joined(codec.decodeWhole(body, options))).toEqual(joined(events));
      expect(JSON.parse(new TextDecoder().decode(body))).toEqual(framesOf(events, contextFor()).at(-1)?.["response"]);
    }),
  );
});

const reasons: readonly FinishReason[] = [
  "stop",
  "length",
  "context_full",
  "tool_calls",
  "content_filter",
  "refusal",
  "paused",
  "error",
  "other",
];
const number = fc.nat({ max: 2 });

/** Any events in any order, sensible or not. */
const anyEvent: fc.Arbitrary<ChatEvent> = fc.oneof(
  fc.record({
    type: fc.constantFrom("text" as const, "reasoning" as const, "refusal" as const),
    choice: fc.nat({ max: 1 }),
    text: fc.string(),
  }),
  fc.record({ type: fc.constant("reasoning-token" as const), choice: fc.constant(0), token }),
  fc.record({
    type: fc.constant("tool-call" as const),
    choice: fc.constant(0),
    call: number,
    id: fc.string(),
    name: fc.string(),
  }),
  fc.record({
    type: fc.constant("tool-arguments" as const),
    choice: fc.constant(0),
    call: number,
    text: fc.constantFrom("{", "}", '{"a":1}', "x", ""),
  }),
  fc.record({
    type: fc.constant("citation" as const),
    choice: fc.constant(0),
    citation: fc.record({ url: fc.string(), start: fc.integer({ min: -2, max: 9 }), end: fc.nat({ max: 9 }) }),
  }),
  fc.record({
    type: fc.constant("logprobs" as const),
    choice: fc.constant(0),
    tokens: fc.constant([{ token: "a", logprob: -1, top: [] }]),
  }),
  fc.record({
    type: fc.constant("finish" as const),
    choice: fc.constant(0),
    reason: fc.constantFrom(...reasons),
    raw: fc.string(),
  }),
  fc.constant<ChatEvent>({ type: "opaque", what: "x" }),
  fc.constant<ChatEvent>({ type: "usage", usage: { inputTokens: 1 } }),
  fc.constant<ChatEvent>({ type: "start", id: "resp_2" }),
);

test("pitfall 48 pitfall 53: no events, in whatever order, break the grammar, asked for probabilities or not", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 25 }), fc.boolean(), (events, logprobs) => {
      const context = contextFor({ input: "x", ...(logprobs ? { top_logprobs: 1 } : {}) });
      expect(brokenRule(framesOf([...events, { type: "end" }], context))).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test("all arguments of a call are written, however calls interleave, unless something else was said in between", () => {
  const pieces = fc.array(fc.record({ call: number, text: fc.constantFrom("{", "}", '"a":1', "x") }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(pieces, (said) => {
      const events: ChatEvent[] = [0, 1, 2].map((call) => ({
        type: "tool-call",
        choice: 0,
        call,
        id: `c${call}`,
        name: "f",
        form: "custom",
      }));
      for (const { call, text: piece } of said) events.push({ type: "tool-arguments", choice: 0, call, text: piece });
      const body = JSON.parse(new TextDecoder().decode(codec.encodeWhole([...events, { type: "end" }], contextFor())));
      const whole = (call: number) => said.map((piece) => (piece.call === call ? piece.text : "")).join("");
      expect(body.output.map(({ input }: { input: string }) => input)).toEqual([whole(0), whole(1), whole(2)]);
    }),
  );
});

test("pitfall 37: a request written and read again is the same conversation", () => {
  const chat = decoded({
    instructions: "s",
    tools: [{ type: "function", name: "f", strict: false, parameters: { type: "object" } }],
    tool_choice: "required",
    max_output_tokens: 20,
    reasoning: { effort: "low", summary: "auto" },
    text: { format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: false }, verbosity: "low" },
    input: [
      { role: "user", content: "a" },
      { type: "reasoning", summary: [], encrypted_content: "E" },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output: "d" },
    ],
  });
  const again = decoded(encoded(chat, thinker).body);
  const { asked: _, model: __, ...rest } = chat;
  expect(again).toMatchObject(rest);
});

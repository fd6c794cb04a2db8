import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import { type AnswerBlock, foldAnswer } from "#core/chat/fold.ts";
import { geminiGenerateCodec as codec } from "#core/wire/gemini-generate/codec.ts";
import { bytes, contextOf, decodeStream, options, writeStream } from "#core/wire/gemini-generate/gemini.test-data.ts";

const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
const count = fc.nat({ max: 100_000 });

type Saying = (choice: number, call: number) => ChatEvent[];
const saying: fc.Arbitrary<{ readonly say: Saying; readonly calls: number }> = fc.oneof(
  words.map((text) => ({ calls: 0, say: (choice: number): ChatEvent[] => [{ type: "text", choice, text }] })),
  words.map((text) => ({ calls: 0, say: (choice: number): ChatEvent[] => [{ type: "reasoning", choice, text }] })),
  words.map((data) => ({
    calls: 0,
    say: (choice: number): ChatEvent[] => [{ type: "reasoning-token", choice, token: { kind: "thought", data } }],
  })),
  fc
    .record({ id: fc.uuid(), name: words, args: fc.dictionary(words, fc.integer()), indent: fc.constantFrom(0, 2) })
    .map(({ id, name, args, indent }) => ({
      calls: 1,
      say: (choice: number, call: number): ChatEvent[] => [
        { type: "tool-call", choice, call, id, name },
        { type: "tool-arguments", choice, call, text: JSON.stringify(args, null, indent) },
      ],
    })),
);

/** Whole answers: every choice says anything in any order and finishes. */
const arbitraryAnswer: fc.Arbitrary<ChatEvent[]> = fc
  .record({
    choices: fc.array(
      fc.record({
        sayings: fc.array(saying, { maxLength: 6 }),
        reason: fc.constantFrom<FinishReason>("stop", "length", "content_filter"),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    usage: fc.option(fc.record({ inputTokens: count, outputTokens: count }), { nil: undefined }),
  })
  .map(({ choices, usage }) => {
    const events: ChatEvent[] = [{ type: "start", id: "r", model: "gemini-x" }];
    choices.forEach(({ sayings, reason }, choice) => {
      let call = 0;
      for (const { say, calls } of sayings) {
        events.push(...say(choice, call));
        call += calls;
      }
      const ended = call > 0 && reason === "stop" ? "tool_calls" : reason;
      events.push({ type: "finish", choice, reason: ended, raw: ended });
    });
    if (usage !== undefined) events.push({ type: "usage", usage });
    events.push({ type: "end" });
    return events;
  });

/** What an answer says, whatever pieces it came in. Gemini's own word for the end is no part of it. */
function meaningOf(events: readonly ChatEvent[]): unknown {
  const { choices, usage } = foldAnswer(events);
  const compact = (block: AnswerBlock) =>
    block.type === "tool-call" ? { ...block, argumentsText: JSON.stringify(JSON.parse(block.argumentsText)) } : block;
  return {
    usage,
    choices: choices.map(({ choice, blocks, finish }) => ({
      choice,
      blocks: blocks.map(compact),
      reason: finish?.reason,
    })),
  };
}

test("what is written as a stream reads as the same answer", () => {
  fc.assert(
    fc.property(arbitraryAnswer, fc.boolean(), (events, jsonArray) => {
      expect(meaningOf(decodeStream(writeStream(events, jsonArray)))).toEqual(meaningOf(events));
    }),
  );
});

test("what is written as a body reads as the same answer", () => {
  fc.assert(
    fc.property(arbitraryAnswer, (events) => {
      expect(meaningOf(codec.decodeWhole(codec.encodeWhole(events, contextOf()), options))).toEqual(meaningOf(events));
    }),
  );
});

const odd: fc.Arbitrary<ChatEvent> = fc.oneof(
  fc
    .tuple(saying, fc.nat(2), fc.nat(3), fc.nat(1))
    .map(([{ say }, choice, call, at]): ChatEvent => say(choice, call)[at] ?? { type: "opaque", what: "x" }),
  fc.constantFrom<ChatEvent>(
    { type: "finish", choice: 0, reason: "stop", raw: "" },
    { type: "opaque", what: "x" },
    { type: "citation", choice: 1, citation: { url: "u", start: 0, end: 9 } },
    { type: "logprobs", choice: 0, tokens: [] },
    { type: "usage", usage: {} },
    { type: "refusal", choice: 2, text: "no" },
    { type: "start" },
    { type: "embedding", index: 0, vector: [] },
  ),
);

test("events in any order never break the grammar, nor does a failure after them", () => {
  fc.assert(
    fc.property(fc.array(odd), fc.boolean(), (events, jsonArray) => {
      const stream = writeStream([...events, { type: "end" }], jsonArray);
      const framesOf = stream.split("\r\n\r\n").filter((frame) => frame !== "");
      const values: unknown[] = jsonArray ? JSON.parse(stream) : framesOf.map((frame) => JSON.parse(frame.slice(6)));
      for (const value of values) {
        expect(value).toMatchObject({ candidates: expect.any(Array), responseId: expect.anything() });
      }
      const body = bytes(JSON.stringify([...values, { candidates: [{}] }]));
      expect(codec.decodeWhole(body, options).at(-1)).toEqual({ type: "end" });
    }),
  );
});

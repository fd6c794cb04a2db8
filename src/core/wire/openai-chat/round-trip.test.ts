import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import { openAiChatCodec as codec } from "#core/wire/openai-chat/codec.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const count = fc.nat({ max: 100_000 });

/** Whole answers in canonical order: every choice says reasoning, text, refusal and calls, each at most once, and finishes. */
const arbitraryAnswer: fc.Arbitrary<ChatEvent[]> = fc
  .record({
    id: text,
    createdSeconds: fc.nat(),
    choices: fc.array(
      fc.record(
        {
          reasoning: text,
          text,
          refusal: text,
          calls: fc.array(fc.record({ id: fc.uuid(), name: text, argumentsText: text }), { maxLength: 3 }),
          reason: fc.constantFrom<FinishReason>("stop", "length", "content_filter"),
        },
        { requiredKeys: ["calls", "reason"] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    usage: fc.option(fc.record({ inputTokens: count, outputTokens: count }), { nil: undefined }),
  })
  .map(({ id, createdSeconds, choices, usage }) => {
    const events: ChatEvent[] = [{ type: "start", id, model: "gpt-4o", createdSeconds }];
    choices.forEach((said, choice) => {
      if (said.reasoning !== undefined) events.push({ type: "reasoning", choice, text: said.reasoning });
      if (said.text !== undefined) events.push({ type: "text", choice, text: said.text });
      if (said.refusal !== undefined) events.push({ type: "refusal", choice, text: said.refusal });
      said.calls.forEach(({ id: callId, name, argumentsText }, call) => {
        events.push({ type: "tool-call", choice, call, id: callId, name });
        events.push({ type: "tool-arguments", choice, call, text: argumentsText });
      });
      const reason = said.calls.length > 0 ? "tool_calls" : said.reason;
      events.push({ type: "finish", choice, reason, raw: reason });
    });
    if (usage !== undefined) events.push({ type: "usage", usage });
    events.push({ type: "end" });
    return events;
  });

const context = {
  model: "gpt-4o",
  requestId: "req_own",
  createdSeconds: 5,
  streamUsage: true,
  embeddingEncoding: "float",
} as const;

test("what is encoded as a stream decodes to the same events", () => {
  fc.assert(
    fc.property(arbitraryAnswer, (events) => {
      const write = codec.createEncoder(context);
      const stream = codec.createDecoder({ keepUsage: true });
      const pieces = [...events.flatMap((event) => stream.push(write(event))), ...stream.end()];
      expect(pieces.flatMap((piece) => piece.events)).toEqual(events);
    }),
  );
});

test("what is encoded as a body decodes to the same events", () => {
  fc.assert(
    fc.property(arbitraryAnswer, (events) => {
      expect(codec.decodeWhole(codec.encodeWhole(events, context))).toEqual(events);
    }),
  );
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import { openAiChatCodec as codec } from "#core/wire/openai-chat/codec.ts";
import { sampleContext } from "#core/wire/openai-chat/samples.test-data.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const count = fc.nat({ max: 100_000 });
const chance = fc.record({
  token: text,
  logprob: fc.double({ noNaN: true, noDefaultInfinity: true, max: 0 }).map((n) => n + 0),
});
const tokens = fc.array(
  fc.record({ chance, top: fc.array(chance, { maxLength: 2 }) }).map(({ chance: said, top }) => ({ ...said, top })),
  { minLength: 1, maxLength: 2 },
);

/** Whole answers in canonical order: every choice says reasoning, text, refusal, sources, calls
 * and log probabilities, each at most once, and finishes. */
const arbitraryAnswer: fc.Arbitrary<ChatEvent[]> = fc
  .record({
    id: text,
    createdSeconds: fc.nat(),
    choices: fc.array(
      fc.record(
        {
          reasoning: text,
          text,
          tokens,
          refusal: text,
          cited: fc.boolean(),
          calls: fc.array(fc.record({ id: fc.uuid(), name: text, argumentsText: text, custom: fc.boolean() }), {
            maxLength: 3,
          }),
          reason: fc.constantFrom<FinishReason>("stop", "length", "content_filter"),
        },
        { requiredKeys: ["calls", "cited", "reason"] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    usage: fc.option(fc.record({ inputTokens: count, outputTokens: count }), { nil: undefined }),
  })
  .map(({ id, createdSeconds, choices, usage }) => {
    const events: ChatEvent[] = [{ type: "start", id: `chatcmpl-${id}`, model: "gpt-4o", createdSeconds }];
    choices.forEach((said, choice) => {
      if (said.reasoning !== undefined) events.push({ type: "reasoning", choice, text: said.reasoning });
      if (said.text !== undefined) events.push({ type: "text", choice, text: said.text });
      if (said.refusal !== undefined) events.push({ type: "refusal", choice, text: said.refusal });
      if (said.cited && said.text !== undefined) {
        const citation = { url: "https://a.example/", title: "A", start: 0, end: said.text.length };
        events.push({ type: "citation", choice, citation });
      }
      said.calls.forEach(({ id: callId, name, argumentsText, custom }, call) => {
        const form = custom ? { form: "custom" as const } : {};
        events.push({ type: "tool-call", choice, call, id: callId, name, ...form });
        events.push({ type: "tool-arguments", choice, call, text: argumentsText });
      });
      if (said.tokens !== undefined && said.text !== undefined) {
        events.push({ type: "logprobs", choice, tokens: said.tokens });
      }
      const refused = said.refusal !== undefined && said.reason === "stop";
      const reason = said.calls.length > 0 ? "tool_calls" : refused ? "refusal" : said.reason;
      events.push({ type: "finish", choice, reason, raw: reason === "refusal" ? "stop" : reason });
    });
    if (usage !== undefined) events.push({ type: "usage", usage });
    events.push({ type: "end" });
    return events;
  });

const context = sampleContext();
const options = { keepUsage: true, requestId: "req_own" };

test("what is encoded as a stream decodes to the same events", () => {
  fc.assert(
    fc.property(arbitraryAnswer, (events) => {
      const writer = codec.createWriter(context);
      const stream = codec.createDecoder(options);
      const pieces = [...events.flatMap((event) => stream.push(writer.event(event))), ...stream.end()];
      expect(pieces.flatMap((piece) => piece.events)).toEqual(events);
    }),
  );
});

test("what is encoded as a body decodes to the same events", () => {
  fc.assert(
    fc.property(arbitraryAnswer, (events) => {
      expect(codec.decodeWhole(codec.encodeWhole(events, context), options)).toEqual(events);
    }),
  );
});

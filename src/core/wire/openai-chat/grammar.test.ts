import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { listOf, recordOf } from "#core/wire/json-value.ts";
import { openAiChatCodec as codec } from "#core/wire/openai-chat/codec.ts";
import { sampleContext } from "#core/wire/openai-chat/samples.test-data.ts";

const decoder = new TextDecoder();
const choice = fc.nat({ max: 2 });
const call = fc.nat({ max: 2 });
const text = fc.string({ unit: "grapheme", maxLength: 6 });
const reason = fc.constantFrom<FinishReason>(
  "stop",
  "length",
  "context_full",
  "tool_calls",
  "content_filter",
  "refusal",
  "paused",
  "error",
  "other",
);

const event: fc.Arbitrary<ChatEvent> = fc.oneof(
  fc.record({ type: fc.constantFrom("text" as const, "reasoning" as const, "refusal" as const), choice, text }),
  fc.record({
    type: fc.constant("reasoning-token" as const),
    choice,
    token: fc.record({ kind: fc.constant("signature" as const), data: fc.constant("SECRET") }),
  }),
  fc.record({ type: fc.constant("citation" as const), choice, citation: fc.record({ url: text, start: fc.nat() }) }),
  fc.record({
    type: fc.constant("tool-call" as const),
    choice,
    call,
    id: text,
    name: text,
    form: fc.constant("custom" as const),
  }),
  fc.record({ type: fc.constant("tool-arguments" as const), choice, call, text }),
  fc.record({ type: fc.constant("finish" as const), choice, reason, raw: text }),
  fc.record({ type: fc.constant("usage" as const), usage: fc.record({ inputTokens: fc.nat() }) }),
  fc.constant({ type: "opaque" as const, what: "x" }),
  fc.constant({ type: "end" as const }),
  fc.constant({ type: "error" as const, error: new GatewayError("upstream_error", "The provider failed.") }),
);

test("whatever events come, every frame is a chunk of one answer, roles come first, a finish last, usage only when asked", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 25 }), fc.boolean(), (events, streamUsage) => {
      const writer = codec.createWriter(sampleContext({ streamUsage }));
      const written = events.map((one) => decoder.decode(writer.event(one))).join("");
      expect(written).not.toContain("SECRET");
      const frames = written.split("\n\n").slice(0, -1);
      const ends = frames.filter((frame) => frame === "data: [DONE]" || frame.startsWith('data: {"error"'));
      expect(ends.length).toBeLessThanOrEqual(1);
      if (ends.length === 1) expect(frames.at(-1)).toBe(ends[0]);
      const begun = new Set<unknown>();
      const finished = new Set<unknown>();
      let usages = 0;
      for (const frame of frames.filter((one) => !ends.includes(one))) {
        const chunk = recordOf(JSON.parse(frame.slice("data: ".length)));
        expect(chunk).toMatchObject({ id: "chatcmpl-own", object: "chat.completion.chunk", model: "gpt-4o" });
        const choices = listOf(chunk?.["choices"]).map((entry) => recordOf(entry) ?? {});
        if (choices.length === 0) usages += 1;
        for (const { index, delta, finish_reason: finish } of choices) {
          expect(recordOf(delta)?.["role"]).toBe(begun.has(index) ? undefined : "assistant");
          begun.add(index);
          expect(finished.has(index)).toBe(false);
          if (finish !== null) finished.add(index);
        }
      }
      expect(usages).toBeLessThanOrEqual(streamUsage ? 1 : 0);
    }),
    { numRuns: 500 },
  );
});

test("pitfall 50 a choice that made a call ends in calls, one that refused in words says stop", () => {
  const wordOf = (said: ChatEvent[], why: FinishReason): unknown => {
    const events: ChatEvent[] = [...said, { type: "finish", choice: 0, reason: why, raw: "STOP" }, { type: "end" }];
    const writer = codec.createWriter(sampleContext());
    const stream = events.map((one) => decoder.decode(writer.event(one))).join("");
    const whole = JSON.parse(decoder.decode(codec.encodeWhole(events, sampleContext()))).choices[0].finish_reason;
    expect(stream).toContain(`"finish_reason":"${whole}"`);
    return whole;
  };
  const called: ChatEvent = { type: "tool-call", choice: 0, call: 0, id: "c1", name: "f" };
  const refused: ChatEvent = { type: "refusal", choice: 0, text: "No." };
  expect(wordOf([called], "stop")).toBe("tool_calls");
  expect(wordOf([refused], "refusal")).toBe("stop");
  expect(wordOf([], "refusal")).toBe("content_filter");
  expect(wordOf([], "context_full")).toBe("length");
  expect(wordOf([], "paused")).toBe("stop");
  expect(wordOf([], "content_filter")).toBe("content_filter");
});

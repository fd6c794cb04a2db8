import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import { args, call, end, finish, rebuilt } from "#core/wire/anthropic-messages/events.test-data.ts";
import { expectLegal } from "#core/wire/anthropic-messages/grammar.test-data.ts";
import { written } from "#core/wire/anthropic-messages/messages.test-data.ts";

const choice = fc.constantFrom(0, 0, 0, 1);
const piece = fc.constantFrom("", "a", " ", '{"x":', "1}", "{}", "é", "\u{1F600}", "\ud83d");
const arbitraryEvent: fc.Arbitrary<ChatEvent> = fc.oneof(
  fc.record({ type: fc.constant("start" as const), id: fc.constantFrom("msg_a", "resp_b") }),
  fc.record({ type: fc.constantFrom("text" as const, "reasoning" as const, "refusal" as const), choice, text: piece }),
  fc.record({
    type: fc.constant("reasoning-token" as const),
    choice,
    token: fc.record({ kind: fc.constantFrom("signature" as const, "redacted" as const), data: fc.constant("s") }),
  }),
  fc.record({ type: fc.constant("citation" as const), choice, citation: fc.record({ url: fc.constant("https://a") }) }),
  fc.record({ type: fc.constant("logprobs" as const), choice, tokens: fc.constant([]) }),
  fc
    .record({ choice, call: fc.nat({ max: 3 }), id: fc.constantFrom("", "a", "b.c"), name: fc.constantFrom("", "n") })
    .chain((known) =>
      fc.constantFrom<ChatEvent>({ type: "tool-call", ...known }, { type: "tool-call", ...known, form: "custom" }),
    ),
  fc.record({ type: fc.constant("tool-arguments" as const), choice, call: fc.nat({ max: 3 }), text: piece }),
  fc.record({
    type: fc.constant("finish" as const),
    choice,
    reason: fc.constantFrom<FinishReason>("stop", "length", "tool_calls", "refusal", "other"),
    raw: fc.constant("x"),
  }),
  fc.record({
    type: fc.constant("usage" as const),
    usage: fc.record({ inputTokens: fc.nat(), cachedTokens: fc.nat(), outputTokens: fc.nat() }, { requiredKeys: [] }),
  }),
  fc.record({ type: fc.constant("opaque" as const), what: fc.constant("server_tool_use") }),
);

test("pitfall 48, T-01: whatever comes in whatever order, the stream is legal and holds all text", () => {
  fc.assert(
    fc.property(fc.array(arbitraryEvent, { maxLength: 30 }), (events) => {
      const frames = written([...events, end]);
      expectLegal(frames);
      const said = events.map((event) => (isSaid(event) ? event.text : "")).join("");
      const shown = rebuilt(frames).map((block) => (block["type"] === "text" ? String(block["text"]) : ""));
      expect(shown.join("")).toBe(said);
    }),
    { numRuns: 500 },
  );
});

function isSaid(event: ChatEvent): event is Extract<ChatEvent, { type: "text" | "refusal" }> {
  return (event.type === "text" || event.type === "refusal") && event.choice === 0;
}

test("T-02: calls keep their arguments however they interleave", () => {
  const objects = fc.array(fc.dictionary(fc.string({ maxLength: 3 }), fc.string({ maxLength: 5 })), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(
      objects,
      fc.array(fc.nat({ max: 3 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 6 }),
      (inputs, order, size) => {
        const waiting = inputs.map((input) => piecesOf(JSON.stringify(input), size));
        const events = inputs.map((_, number) => call(number));
        const take = (number: number): void => {
          const next = waiting[number]?.shift();
          if (next !== undefined) events.push(args(number, next));
        };
        order.forEach(take);
        waiting.forEach((pieces, number) => {
          while (pieces.length > 0) take(number);
        });
        const frames = written([...events, finish("tool_calls"), end]);
        expectLegal(frames);
        expect(rebuilt(frames).map((block): unknown => JSON.parse(String(block["json"])))).toEqual(inputs);
      },
    ),
  );
});

function piecesOf(whole: string, size: number): string[] {
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, at) => whole.slice(at * size, (at + 1) * size));
}

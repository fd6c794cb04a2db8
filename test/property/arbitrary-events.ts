/** Sequences of events that a decoder may give to a writer, from proper answers to anything at all. */
import fc from "fast-check";
import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";

const pieces = [
  "",
  " ",
  "a",
  "\n",
  "\r\n\r\n",
  "\u2028",
  "é",
  "\u{1F600}",
  "\ud83d",
  "\ude00",
  '"',
  "\\",
  "{",
  "}",
  '{"a":1}',
  "data: [DONE]\n\n",
  "event: error\n",
  "</think>",
];
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...pieces) },
  fc.string({ unit: "binary", maxLength: 9 }),
);
const choice = fc.constantFrom(0, 0, 0, 1, 2);
const call = fc.nat({ max: 3 });
const count = fc.nat({ max: 100_000 });

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

const usage = fc.record(
  {
    inputTokens: count,
    cachedTokens: count,
    cacheWriteTokens: count,
    outputTokens: count,
    reasoningTokens: count,
  },
  { requiredKeys: [] },
);

const alternative = fc.record({ token: piece, logprob: fc.double({ min: -20, max: 0, noNaN: true }) });
const likelihoods = fc.array(
  fc.record({
    token: piece,
    logprob: fc.double({ min: -20, max: 0, noNaN: true }),
    top: fc.array(alternative, { maxLength: 2 }),
  }),
  { maxLength: 2 },
);

/** Errors as they reach a writer: from every side, and with words that want to be escaped. */
export const arbitraryError: fc.Arbitrary<GatewayError> = fc
  .record({
    code: fc.constantFrom(
      "upstream_error" as const,
      "upstream_truncated" as const,
      "overloaded" as const,
      "internal" as const,
      "rate_limited" as const,
      "deadline_exceeded" as const,
    ),
    message: fc.constantFrom("It broke.", 'A "quote"\n\ndata: [DONE]', "\u{1F4A5}"),
  })
  .map(({ code, message }) => new GatewayError(code, message));

const anything: fc.Arbitrary<ChatEvent> = fc.oneof(
  fc.record(
    {
      type: fc.constant("start" as const),
      id: fc.constantFrom("msg_a", "resp_b", "chatcmpl-c", "d"),
      createdSeconds: count,
    },
    { requiredKeys: ["type"] },
  ),
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom("text" as const, "reasoning" as const, "refusal" as const),
      choice,
      text: piece,
    }),
  },
  fc.record({
    type: fc.constant("reasoning-token" as const),
    choice,
    token: fc.record({
      kind: fc.constantFrom("signature" as const, "redacted" as const, "encrypted" as const, "thought" as const),
      data: fc.constantFrom("c2ln", 's"\n'),
    }),
  }),
  fc.record({
    type: fc.constant("citation" as const),
    choice,
    citation: fc.record(
      {
        url: fc.constantFrom("https://a.example/", "b"),
        title: piece,
        citedText: piece,
        start: fc.nat({ max: 9 }),
        end: fc.nat({ max: 9 }),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ type: fc.constant("logprobs" as const), choice, tokens: likelihoods }),
  {
    weight: 2,
    arbitrary: fc.record(
      {
        type: fc.constant("tool-call" as const),
        choice,
        call,
        id: fc.constantFrom("", "call_1", "toolu_2", "a.b"),
        name: fc.constantFrom("f", "local_shell", "", 'n"m'),
        form: fc.constant("custom" as const),
        namespace: fc.constant("space"),
      },
      { requiredKeys: ["type", "choice", "call", "id", "name"] },
    ),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("tool-arguments" as const), choice, call, text: piece }) },
  fc.record(
    {
      type: fc.constant("finish" as const),
      choice,
      reason: fc.constantFrom(...reasons),
      raw: fc.constantFrom("", "x", "STOP", "end_turn"),
      stopSequence: piece,
    },
    { requiredKeys: ["type", "choice", "reason", "raw"] },
  ),
  fc.record({ type: fc.constant("usage" as const), usage }),
  fc.record({ type: fc.constant("opaque" as const), what: fc.constant("server_tool_use") }),
);

/** Events in no order at all; only calls are counted from 0, as every decoder counts them. */
export const wildEvents: fc.Arbitrary<ChatEvent[]> = fc.array(anything, { maxLength: 25 }).map((events) => {
  const calls = new Map<number, number>();
  return events.map((event) => {
    if (event.type !== "tool-call") return event;
    const next = calls.get(event.choice) ?? 0;
    calls.set(event.choice, next + 1);
    return { ...event, call: next };
  });
});

const words = fc.oneof(
  fc.constantFrom("Hm. ", "Grüße ", "\u{1F600}", "a\n\nb"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
);

/** What a block of an answer says. */
export type Said =
  | { readonly kind: "text" | "reasoning"; readonly words: readonly string[]; readonly token?: string }
  | {
      readonly kind: "calls";
      readonly inputs: readonly Readonly<Record<string, unknown>>[];
      readonly order: readonly number[];
    };

/** A block of text, of thinking with or without a token, or a group of calls whose arguments interleave. */
export const arbitrarySaid: fc.Arbitrary<Said> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), words: fc.array(words, { minLength: 1, maxLength: 3 }) }),
  fc.record(
    {
      kind: fc.constant("reasoning" as const),
      words: fc.array(words, { minLength: 1, maxLength: 3 }),
      token: fc.constant("c2lnbmVk"),
    },
    { requiredKeys: ["kind", "words"] },
  ),
  fc.record({
    kind: fc.constant("calls" as const),
    inputs: fc.array(fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 }), {
      minLength: 1,
      maxLength: 3,
    }),
    order: fc.array(fc.nat({ max: 2 }), { maxLength: 12 }),
  }),
);

/** The counts of an answer, within what every protocol can say. */
export const arbitraryUsage = fc
  .record({ fresh: count, cachedTokens: count, cacheWriteTokens: count, spoken: count, reasoningTokens: count })
  .map(({ fresh, spoken, ...rest }) => ({
    ...rest,
    inputTokens: fresh + rest.cachedTokens + rest.cacheWriteTokens,
    outputTokens: spoken + rest.reasoningTokens,
  }));

/** The events of one choice that says these blocks, calls counted from 0. */
export function eventsOfChoice(
  choiceNumber: number,
  blocks: readonly Said[],
  tokenKind: "signature" | "encrypted" | "thought" | undefined,
): ChatEvent[] {
  let calls = 0;
  return blocks.flatMap((block): ChatEvent[] => {
    if (block.kind === "calls") {
      const first = calls;
      calls += block.inputs.length;
      return eventsOfCalls(choiceNumber, first, block);
    }
    const { kind, token } = block;
    const spoken = block.words.map((text): ChatEvent => ({ type: kind, choice: choiceNumber, text }));
    if (token === undefined || tokenKind === undefined) return spoken;
    return [...spoken, { type: "reasoning-token", choice: choiceNumber, token: { kind: tokenKind, data: token } }];
  });
}

function eventsOfCalls(
  choiceNumber: number,
  first: number,
  { inputs, order }: Extract<Said, { kind: "calls" }>,
): ChatEvent[] {
  const events = inputs.map((_, at): ChatEvent => ({
    type: "tool-call",
    choice: choiceNumber,
    call: first + at,
    id: `call_${choiceNumber}_${first + at}`,
    name: "f",
  }));
  const waiting = inputs.map((input) => JSON.stringify(input).match(/[\s\S]{1,4}/gu) ?? []);
  const say = (at: number): void => {
    const text = waiting[at]?.shift();
    if (text !== undefined) events.push({ type: "tool-arguments", choice: choiceNumber, call: first + at, text });
  };
  order.forEach(say);
  for (const [at, left] of waiting.entries()) while (left.length > 0) say(at);
  return events;
}

/** Proper answers: every choice says blocks and why it ended, then come the counts and the end. */
export const orderlyEvents: fc.Arbitrary<ChatEvent[]> = fc
  .record({
    choices: fc.array(
      fc.record({
        blocks: fc.array(arbitrarySaid, { maxLength: 4 }),
        reason: fc.constantFrom<FinishReason>("stop", "length", "refusal", "content_filter"),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    counts: arbitraryUsage,
    kind: fc.constantFrom("signature" as const, "encrypted" as const, "thought" as const),
  })
  .map(({ choices, counts, kind }) => [
    { type: "start", id: "made-elsewhere", model: "m", createdSeconds: 7 },
    ...choices.flatMap(({ blocks, reason }, at): ChatEvent[] => {
      const called = reason === "stop" && blocks.some((block) => block.kind === "calls");
      const ending = called ? ("tool_calls" as const) : reason;
      return [...eventsOfChoice(at, blocks, kind), { type: "finish", choice: at, reason: ending, raw: ending }];
    }),
    { type: "usage", usage: counts },
    { type: "end" },
  ]);

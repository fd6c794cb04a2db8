import { expect, test } from "bun:test";
import fc from "fast-check";
import { foldAnswer } from "#core/chat/fold.ts";
import { GatewayError } from "#core/errors.ts";
import { anthropicMessagesCodec as codec } from "#core/wire/anthropic-messages/codec.ts";
import { messageOf, streamed, streamOf } from "#core/wire/anthropic-messages/messages.test-data.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";

const options = { keepUsage: true, requestId: "req_own" };
const encoder = new TextEncoder();
const textBlock = (...texts: readonly string[]): Record<string, unknown>[] => [
  { type: "text", text: "" },
  ...texts.map((text) => ({ type: "text_delta", text })),
];
const toolUse = { type: "tool_use", id: "toolu_1", name: "f", input: {} };

test("a stream of text is its start, its text, its end and the counts of both ends", () => {
  expect(streamed(...messageOf("end_turn", textBlock("Hel", "lo")))).toEqual([
    { type: "start", id: "msg_1", model: "claude-x" },
    { type: "usage", usage: { inputTokens: 10 } },
    { type: "text", choice: 0, text: "Hel" },
    { type: "text", choice: 0, text: "lo" },
    { type: "finish", choice: 0, reason: "stop", raw: "end_turn" },
    { type: "usage", usage: { inputTokens: 20, cachedTokens: 4, cacheWriteTokens: 6, outputTokens: 9 } },
    { type: "end" },
  ]);
});

test("a message that ends without a reason has ended its turn, in calls where it made some", () => {
  const reasonOf = (block: object) => {
    const open = { type: "content_block_start", index: 0, content_block: block };
    const events = streamed(open, { type: "content_block_stop", index: 0 }, { type: "message_stop" });
    return events.slice(-2);
  };
  const finish = { type: "finish", choice: 0, raw: "" };
  expect(reasonOf({ type: "text", text: "a" })).toEqual([{ ...finish, reason: "stop" }, { type: "end" }] as never);
  expect(reasonOf(toolUse)).toEqual([{ ...finish, reason: "tool_calls" }, { type: "end" }] as never);
});

test("pitfall 56: counts at the end replace those at the start, and correct the input", () => {
  const [start, ...rest] = messageOf("end_turn", textBlock("a"));
  const delta = { type: "message_delta", delta: { stop_reason: null }, usage: { input_tokens: 61, output_tokens: 2 } };
  const events =
    start === undefined ? [] : streamed(start, delta, ...rest.slice(0, -2), delta, { type: "message_stop" });
  expect(foldAnswer(events).usage).toEqual({ inputTokens: 61, outputTokens: 2 });
});

test("pitfall 65: the input of an answer holds what was cached, its output the thinking", () => {
  const frames = messageOf("end_turn", textBlock("a")).map((frame) =>
    frame["type"] === "message_delta"
      ? { ...frame, usage: { output_tokens: 9, output_tokens_details: { thinking_tokens: 5 }, input_tokens: 0 } }
      : frame,
  );
  expect(foldAnswer(streamed(...frames)).usage).toEqual({ inputTokens: 10, outputTokens: 9, reasoningTokens: 5 });
});

test("counts that cannot be are left out", () => {
  const frames = messageOf("end_turn").map((frame) =>
    frame["type"] === "message_delta"
      ? { ...frame, usage: { output_tokens: -4, cache_read_input_tokens: 1.5 } }
      : frame,
  );
  expect(foldAnswer(streamed(...frames)).usage).toEqual({ inputTokens: 10 });
});

test("pitfall 42, T-12: a signature without shown thinking is kept, and pieces of one are one token", () => {
  const thinking = { type: "thinking", thinking: "", signature: "" };
  const signed = [thinking, { type: "signature_delta", signature: "ab" }, { type: "signature_delta", signature: "cd" }];
  const shown = [thinking, { type: "thinking_delta", thinking: "Hm." }, { type: "signature_delta", signature: "e" }];
  const redacted = [{ type: "redacted_thinking", data: "r" }];
  const blocks = foldAnswer(streamed(...messageOf("end_turn", signed, shown, redacted, textBlock("a")))).choices[0]
    ?.blocks;
  expect(blocks?.slice(0, 3)).toEqual([
    { type: "reasoning", text: "", token: { kind: "signature", data: "abcd" } },
    { type: "reasoning", text: "Hm.", token: { kind: "signature", data: "e" } },
    { type: "reasoning", text: "", token: { kind: "redacted", data: "r" } },
  ]);
});

test("pitfall 51: arguments are whole in pieces, in the start of the block, or as an empty object", () => {
  const pieces = [
    toolUse,
    { type: "input_json_delta", partial_json: "" },
    { type: "input_json_delta", partial_json: '{"a":1}' },
  ];
  const whole = [{ ...toolUse, id: "toolu_2", input: { b: 2 } }];
  const empty = [
    { ...toolUse, id: "toolu_3" },
    { type: "input_json_delta", partial_json: "" },
  ];
  const nameless = [{ type: "tool_use", name: "f" }];
  const choice = foldAnswer(streamed(...messageOf("end_turn", pieces, whole, empty, nameless))).choices[0];
  expect(choice?.blocks).toMatchObject([
    { id: "toolu_1", argumentsText: '{"a":1}' },
    { id: "toolu_2", argumentsText: '{"b":2}' },
    { id: "toolu_3", argumentsText: "{}" },
    { id: "call_own_3", argumentsText: "{}" },
  ]);
  expect(choice?.finish).toEqual({ reason: "tool_calls", raw: "end_turn" });
});

test("pitfall 77: citations that are null or none create nothing; others span the text of their block", () => {
  const cited = { type: "web_search_result_location", url: "https://a.example", title: "A", cited_text: "rain" };
  const block = [
    { type: "text", text: "", citations: [] },
    { type: "citations_delta", citation: { ...cited, encrypted_index: "x" } },
    { type: "text_delta", text: "Rain." },
  ];
  const plain = [
    { type: "text", text: "", citations: null },
    { type: "text_delta", text: "So: " },
  ];
  const citations = streamed(...messageOf("end_turn", plain, block)).filter((event) => event.type === "citation");
  expect(citations).toEqual([
    {
      type: "citation",
      choice: 0,
      citation: { url: "https://a.example", title: "A", citedText: "rain", start: 4, end: 9 },
    },
  ]);
});

test("blocks that only Anthropic has are opaque, with the name of their kind", () => {
  const block = [
    { type: "server_tool_use", id: "s", name: "web_search", input: {} },
    { type: "input_json_delta", partial_json: "{" },
  ];
  expect(streamed(...messageOf("end_turn", block)).filter((event) => event.type === "opaque")).toEqual([
    { type: "opaque", what: "server_tool_use" },
  ]);
});

test("pitfall 70: a refusal without content gives its explanation and its end", () => {
  const frames = messageOf("refusal").map((frame) =>
    frame["type"] === "message_delta"
      ? { ...frame, delta: { stop_reason: "refusal", stop_details: { type: "refusal", explanation: "Not this." } } }
      : frame,
  );
  expect(streamed(...frames).filter((event) => event.type === "refusal" || event.type === "finish")).toEqual([
    { type: "refusal", choice: 0, text: "Not this." },
    { type: "finish", choice: 0, reason: "refusal", raw: "refusal" },
  ]);
  expect(foldAnswer(streamed(...messageOf("refusal"))).choices[0]?.finish?.reason).toBe("refusal");
});

test("every stop reason has its meaning, also one that nobody knows", () => {
  const reasonOf = (raw: string): unknown => foldAnswer(streamed(...messageOf(raw))).choices[0]?.finish?.reason;
  expect(
    ["max_tokens", "stop_sequence", "pause_turn", "model_context_window_exceeded", "tool_use", "new"].map(reasonOf),
  ).toEqual(["length", "stop", "paused", "context_full", "tool_calls", "other"]);
});

test("pings, unknown events and a second start mean nothing and pass on as they are", () => {
  const [start, ...rest] = messageOf("end_turn", textBlock("a"));
  const bytes = streamOf(
    ...(start === undefined ? [] : [start, start]),
    { type: "ping" },
    { type: "novelty" },
    ...rest,
  );
  const stream = codec.createDecoder(options);
  const pieces = [...stream.push(bytes), ...stream.end()];
  expect(joinBytes(pieces.map((piece) => piece.raw ?? new Uint8Array()))).toEqual(bytes);
  expect(pieces.flatMap((piece) => piece.events).filter((event) => event.type === "start")).toHaveLength(1);
});

test("an error event ends the answer with the provider's error and without bytes", () => {
  const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
  const stream = codec.createDecoder(options);
  const pieces = stream.push(streamOf(error, { type: "message_stop" }));
  const [event] = pieces.flatMap((piece) => piece.events);
  expect(event?.type === "error" ? event.error.code : undefined).toBe("upstream_overloaded");
  expect(pieces.every((piece) => piece.raw?.length === 0)).toBe(true);
  expect(stream.end()).toEqual([]);
});

test("a frame that is no JSON is an error of the provider's", () => {
  const [event] = codec
    .createDecoder(options)
    .push(encoder.encode("data: <html>\n\n"))
    .flatMap((piece) => piece.events);
  expect(event?.type === "error" ? event.error.code : undefined).toBe("upstream_bad_response");
});

test("pitfall 57: a stream that stops before message_stop is truncated, wherever it stops", () => {
  const whole = streamOf(...messageOf("end_turn", textBlock("Hello")));
  const stopAt = whole.length - streamOf({ type: "message_stop" }).length;
  for (let length = 0; length <= stopAt; length += 7) {
    const stream = codec.createDecoder(options);
    stream.push(whole.subarray(0, length));
    expect(() => stream.end()).toThrow(GatewayError);
  }
});

test("a last frame without its blank line is whole", () => {
  const whole = streamOf(...messageOf("end_turn", textBlock("a")));
  const stream = codec.createDecoder(options);
  const pieces = [...stream.push(whole.subarray(0, -1)), ...stream.end()];
  expect(pieces.flatMap((piece) => piece.events).at(-1)).toEqual({ type: "end" });
  expect(joinBytes(pieces.map((piece) => piece.raw ?? new Uint8Array()))).toEqual(whole);
});

test("pitfall 54: the same bytes give the same events and pass unchanged, however they were cut", () => {
  const blocks = [
    [
      { type: "thinking", thinking: "" },
      { type: "thinking_delta", thinking: "H\u{1F600}m" },
      { type: "signature_delta", signature: "s" },
    ],
    textBlock("Grüße \u{1F680}", "!"),
    [toolUse, { type: "input_json_delta", partial_json: '{"a":"é' }, { type: "input_json_delta", partial_json: '"}' }],
  ];
  const bytes = streamOf(...messageOf("tool_use", ...blocks));
  const expected = streamed(...messageOf("tool_use", ...blocks));
  fc.assert(
    fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }), (cuts) => {
      const stream = codec.createDecoder(options);
      const borders = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const pieces = borders.slice(1).flatMap((to, index) => stream.push(bytes.slice(borders[index], to)));
      pieces.push(...stream.end());
      expect(pieces.flatMap((piece) => piece.events)).toEqual(expected);
      expect(joinBytes(pieces.map((piece) => piece.raw ?? new Uint8Array()))).toEqual(bytes);
    }),
  );
});

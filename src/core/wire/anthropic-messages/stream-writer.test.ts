import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { anthropicMessagesCodec as codec } from "#core/wire/anthropic-messages/codec.ts";
import { args, call, end, finish, reasoning, rebuilt, text } from "#core/wire/anthropic-messages/events.test-data.ts";
import { expectLegal } from "#core/wire/anthropic-messages/grammar.test-data.ts";
import { context, framesOf, written } from "#core/wire/anthropic-messages/messages.test-data.ts";
import { recordOf } from "#core/wire/json-value.ts";

function stopOf(frames: readonly Readonly<Record<string, unknown>>[]): unknown {
  return recordOf(frames.at(-2)?.["delta"])?.["stop_reason"];
}

test("an answer is one message with text between its start and its stop", () => {
  const frames = written([
    { type: "start", id: "chatcmpl-1", model: "gpt" },
    text("Hel"),
    text("lo"),
    finish("stop"),
    {
      type: "usage",
      usage: { inputTokens: 30, cachedTokens: 12, cacheWriteTokens: 8, outputTokens: 7, reasoningTokens: 3 },
    },
    end,
  ]);
  expectLegal(frames);
  expect(frames.map((frame) => frame["type"])).toEqual([
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  expect(frames[0]?.["message"]).toMatchObject({
    id: "msg_own",
    role: "assistant",
    model: "claude-asked",
    content: [],
  });
  expect(frames.at(-2)).toEqual({
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null, stop_details: null },
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 8,
      cache_read_input_tokens: 12,
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 3 },
    },
  });
});

test("T-04: message_start carries every counter as a number, whether known yet or not", () => {
  const known = written([{ type: "usage", usage: { inputTokens: 9 } }, text("a"), end]);
  const unknown = written([text("a"), end]);
  expect(known[0]).toMatchObject({ message: { usage: { input_tokens: 9, output_tokens: 0 } } });
  expect(unknown[0]).toMatchObject({
    message: {
      usage: { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
    },
  });
});

test("pitfall 66: input_tokens leaves out what was cached and is never negative", () => {
  const usage = { inputTokens: 5, cachedTokens: 9, outputTokens: 1 };
  const frames = written([text("a"), { type: "usage", usage }, end]);
  expect(frames.at(-2)?.["usage"]).toMatchObject({ input_tokens: 0, cache_read_input_tokens: 9 });
});

test("a token behind a text is a block only where something follows: the last block is the answer", () => {
  const token: ChatEvent = { type: "reasoning-token", choice: 0, token: { kind: "thought", data: "t" } };
  const hidden = { type: "thinking", thinking: "", signature: "t" };
  const said = { type: "text", text: "Yes." };
  const cases: readonly (readonly [ChatEvent[], object[]])[] = [
    [[text("Yes."), token], [said]],
    [[token], [hidden]],
    [
      [text("Yes."), token, text("Yes.")],
      [said, hidden, said],
    ],
    [
      [text("Yes."), token, call(0)],
      [said, hidden, { type: "tool_use" }],
    ],
    [
      [text("Yes."), reasoning("Hm."), token],
      [said, { ...hidden, thinking: "Hm." }],
    ],
  ];
  for (const [events, blocks] of cases) {
    const frames = written([...events, finish("stop"), end]);
    expectLegal(frames);
    expect(rebuilt(frames)).toMatchObject(blocks);
    expect(rebuilt(frames).length).toBe(blocks.length);
    const whole = recordOf(JSON.parse(new TextDecoder().decode(codec.encodeWhole([...events, end], context))));
    expect(whole?.["content"]).toMatchObject(blocks);
  }
});

test("pitfall 43, 44, T-03: thoughts open a block of their own and the text behind them loses nothing", () => {
  const frames = written([reasoning("Hm"), reasoning("m."), text("Yes"), text("!"), finish("stop"), end]);
  expectLegal(frames);
  expect(rebuilt(frames)).toMatchObject([
    { type: "thinking", thinking: "Hmm.", signature: "" },
    { type: "text", text: "Yes!" },
  ]);
});

test("a token signs the thinking before it, or stands as thinking that was not shown", () => {
  const token = (data: string): ChatEvent => ({
    type: "reasoning-token",
    choice: 0,
    token: { kind: "encrypted", data },
  });
  const redacted: ChatEvent = { type: "reasoning-token", choice: 0, token: { kind: "redacted", data: "r" } };
  const frames = written([reasoning("Hm."), token("s1"), token("s2"), redacted, text("Yes"), end]);
  expectLegal(frames);
  expect(rebuilt(frames)).toMatchObject([
    { type: "thinking", thinking: "Hm.", signature: "s1" },
    { type: "thinking", thinking: "", signature: "s2" },
    { type: "redacted_thinking", data: "r" },
    { type: "text", text: "Yes" },
  ]);
});

test("pitfall 49: a call without text before it is the first block", () => {
  const frames = written([text(""), call(0), args(0, ""), args(0, '{"a":1}'), finish("tool_calls"), end]);
  expectLegal(frames);
  expect(rebuilt(frames)).toMatchObject([
    { type: "tool_use", id: "toolu_0", name: "tool_0", input: {}, json: '{"a":1}' },
  ]);
});

test("pitfall 50: an answer with calls stops for tool_use although its provider said stop", () => {
  expect(stopOf(written([call(0), finish("stop", "STOP"), end]))).toBe("tool_use");
  expect(stopOf(written([call(0), end]))).toBe("tool_use");
  expect(stopOf(written([call(0), finish("length"), end]))).toBe("max_tokens");
});

test("pitfall 52, T-02: calls whose arguments interleave come out as whole calls one after another", () => {
  const frames = written([
    call(0),
    call(1),
    args(0, '{"a":'),
    args(1, '{"b":'),
    args(0, "1}"),
    args(1, "2}"),
    finish("tool_calls"),
    end,
  ]);
  expectLegal(frames);
  expect(rebuilt(frames)).toMatchObject([
    { id: "toolu_0", json: '{"a":1}' },
    { id: "toolu_1", json: '{"b":2}' },
  ]);
});

test("a second call is written as soon as the first is whole, not at the end", () => {
  const writer = codec.createWriter(context);
  for (const event of [call(0), args(0, '{"a":1}')]) writer.event(event);
  const begun = new TextDecoder().decode(writer.event(call(1)));
  expect(framesOf(begun).map((frame) => frame["type"])).toEqual(["content_block_stop", "content_block_start"]);
});

test("T-02: calls without arguments are calls of an empty object", () => {
  const frames = written([call(0), call(1), args(1, "{}"), end]);
  expectLegal(frames);
  expect(rebuilt(frames)).toMatchObject([
    { input: {}, json: "" },
    { input: {}, json: "{}" },
  ]);
});

test("ids of calls are made to fit, and made where there are none", () => {
  const frames = written([call(0, "a.b:c"), args(0, "{}"), call(1, ""), end]);
  expect(rebuilt(frames)).toMatchObject([{ id: "a_b_c" }, { id: "call_own_1" }]);
});

test("free text of a custom call becomes an object, piece by piece", () => {
  const custom: ChatEvent = { type: "tool-call", choice: 0, call: 0, id: "t", name: "exec", form: "custom" };
  const frames = written([custom, args(0, 'a "b"\n'), args(0, "\\c"), end]);
  expectLegal(frames);
  expect(JSON.parse(String(rebuilt(frames)[0]?.["json"]))).toEqual({ input: 'a "b"\n\\c' });
});

test("a refusal is text that stops for refusal", () => {
  const refusal: ChatEvent = { type: "refusal", choice: 0, text: "No." };
  const frames = written([refusal, finish("stop"), end]);
  expectLegal(frames);
  expect(rebuilt(frames)).toMatchObject([{ type: "text", text: "No." }]);
  expect(stopOf(frames)).toBe("refusal");
  const silent = written([finish("content_filter"), end]);
  expectLegal(silent);
  expect(stopOf(silent)).toBe("refusal");
});

test("the stop sequence that was met is told, and other ends have Anthropic's words", () => {
  const met: ChatEvent = { type: "finish", choice: 0, reason: "stop", raw: "stop", stopSequence: "END" };
  expect(written([text("a"), met, end]).at(-2)?.["delta"]).toMatchObject({
    stop_reason: "stop_sequence",
    stop_sequence: "END",
  });
  expect(stopOf(written([text("a"), finish("context_full"), end]))).toBe("model_context_window_exceeded");
  expect(stopOf(written([text("a"), finish("paused"), end]))).toBe("pause_turn");
  expect(stopOf(written([text("a"), finish("other"), end]))).toBe("end_turn");
});

test("a citation goes to the text it belongs to, and text behind it begins anew", () => {
  const citation: ChatEvent = { type: "citation", choice: 0, citation: { url: "https://a.example", title: "A" } };
  const frames = written([text("Rain."), citation, text(" Sun."), end]);
  expectLegal(frames);
  expect(frames[3]).toMatchObject({
    index: 0,
    delta: { type: "citations_delta", citation: { url: "https://a.example", title: "A", cited_text: "" } },
  });
  expect(rebuilt(frames)).toMatchObject([{ text: "Rain." }, { text: " Sun." }]);
});

test("T-10, pitfall 57: an error after the first byte is an error event, and nothing looks like a good end", () => {
  const writer = codec.createWriter(context);
  const sent = [
    writer.event(text("Hel")),
    writer.fail(new GatewayError("upstream_truncated", "It stopped.")),
    writer.event(end),
    writer.fail(new GatewayError("internal", "Again.")),
    writer.heartbeat(),
  ];
  const frames = framesOf(sent.map((bytes) => new TextDecoder().decode(bytes)).join(""));
  expect(frames.at(-1)).toEqual({
    type: "error",
    error: { type: "api_error", message: "It stopped." },
    request_id: "req_own",
  });
  expect(frames.some((frame) => frame["type"] === "message_stop")).toBe(false);
});

test("an answer that its provider ended in an error does not end well", () => {
  expect(written([text("a"), finish("error"), end]).at(-1)?.["type"]).toBe("error");
});

test("silence is filled with pings, notes with comments, and bytes of the protocol pass as they are", () => {
  const writer = codec.createWriter(context);
  const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  expect(textOf(writer.heartbeat())).toBe('event: ping\ndata: {"type":"ping"}\n\n');
  expect(textOf(writer.comment("a\nb"))).toBe(": a b\n\n");
  expect(textOf(writer.raw({ events: [], raw: new Uint8Array([97]) }))).toBe("a");
});

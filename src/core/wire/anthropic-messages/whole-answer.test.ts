import { expect, test } from "bun:test";
import { foldAnswer } from "#core/chat/fold.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import { anthropicMessagesCodec as codec } from "#core/wire/anthropic-messages/codec.ts";
import { args, call, end, finish, reasoning, text } from "#core/wire/anthropic-messages/events.test-data.ts";
import { context } from "#core/wire/anthropic-messages/messages.test-data.ts";
import { parseObject } from "#core/wire/json-value.ts";

const options = { keepUsage: true, requestId: "req_own" };
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const encodedAs = (events: readonly ChatEvent[]) => parseObject(codec.encodeWhole(events, context));

test("a message is its blocks in order, its end and its counts", () => {
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-x",
    content: [
      { type: "thinking", thinking: "Hm.", signature: "s" },
      { type: "text", text: "Yes.", citations: null },
      { type: "tool_use", id: "toolu_1", name: "f", input: { a: 1 } },
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 5, cache_read_input_tokens: 2, output_tokens: 7 },
  };
  expect(codec.decodeWhole(bytesOf(message), options)).toEqual([
    { type: "start", id: "msg_1", model: "claude-x" },
    { type: "reasoning", choice: 0, text: "Hm." },
    { type: "reasoning-token", choice: 0, token: { kind: "signature", data: "s" } },
    { type: "text", choice: 0, text: "Yes." },
    { type: "tool-call", choice: 0, call: 0, id: "toolu_1", name: "f" },
    { type: "tool-arguments", choice: 0, call: 0, text: '{"a":1}' },
    { type: "finish", choice: 0, reason: "tool_calls", raw: "tool_use" },
    { type: "usage", usage: { inputTokens: 7, cachedTokens: 2, outputTokens: 7 } },
    { type: "end" },
  ]);
});

test("pitfall 70: a refusal without content is an answer without content", () => {
  const message = { id: "msg_1", type: "message", content: [], stop_reason: "refusal", stop_details: null, usage: {} };
  expect(foldAnswer(codec.decodeWhole(bytesOf(message), options)).choices).toEqual([
    { choice: 0, blocks: [], finish: { reason: "refusal", raw: "refusal" } },
  ]);
});

test("an answer is written as one message with every counter", () => {
  const events = [
    { type: "start", id: "resp_1", model: "gpt" } as const,
    reasoning("Hm."),
    text("Yes."),
    call(0, "call.1"),
    args(0, '{"a":1}'),
    call(1, ""),
    finish("stop"),
    { type: "usage", usage: { inputTokens: 10, cachedTokens: 4, outputTokens: 3 } } as const,
    end,
  ];
  expect(encodedAs(events)).toEqual({
    id: "msg_own",
    type: "message",
    role: "assistant",
    model: "claude-asked",
    content: [
      { type: "thinking", thinking: "Hm.", signature: "" },
      { type: "text", text: "Yes." },
      { type: "tool_use", id: "call_1", name: "tool_0", input: { a: 1 } },
      { type: "tool_use", id: "call_own_1", name: "tool_1", input: {} },
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    stop_details: null,
    usage: {
      input_tokens: 6,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 4,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens: 3,
    },
  });
});

test("pitfall 21: arguments that are no object are kept as text inside one", () => {
  expect(encodedAs([call(0), args(0, '{"a":'), end])).toMatchObject({ content: [{ input: { _raw: '{"a":' } }] });
});

test("a refusal is text, and hidden thinking a block of its own", () => {
  const redacted: ChatEvent = { type: "reasoning-token", choice: 0, token: { kind: "redacted", data: "r" } };
  expect(encodedAs([redacted, { type: "refusal", choice: 0, text: "No." }, finish("stop"), end])).toMatchObject({
    content: [
      { type: "redacted_thinking", data: "r" },
      { type: "text", text: "No." },
    ],
    stop_reason: "refusal",
  });
});

test.each([
  [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "upstream_overloaded"],
  [{ type: "error", error: { type: "rate_limit_error", message: "Slow down" } }, "upstream_rate_limited"],
  [{ type: "message" }, "upstream_bad_response"],
  ["<html>", "upstream_bad_response"],
])("a 200 body %j is not an answer", (body, code) => {
  expect(() => codec.decodeWhole(bytesOf(body), options)).toThrow(expect.objectContaining({ code }));
});

test("the error of an answer is thrown, also one that only its end tells", () => {
  expect(() => encodedAs([text("a"), finish("error"), end])).toThrow(
    expect.objectContaining({ code: "upstream_error" }),
  );
});

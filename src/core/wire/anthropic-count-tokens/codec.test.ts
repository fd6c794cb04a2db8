import { expect, test } from "bun:test";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import { GatewayError } from "#core/errors.ts";
import { anthropicCountTokensCodec as codec } from "#core/wire/anthropic-count-tokens/codec.ts";
import { ableFacts, context } from "#core/wire/anthropic-messages/messages.test-data.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const options = { keepUsage: true, requestId: "req_own" };

test("T-05: a request to count is a Messages request without a limit", () => {
  const request = codec.decodeRequest(
    decodeJsonBody(bytesOf({ model: "m", system: "S", messages: [{ role: "user", content: "hi" }] })),
    {},
  );
  expect(request).toMatchObject({ operation: "count", chat: { model: "m", messages: [{ role: "system" }, {}] } });
  const target = { model: "claude-able", facts: ableFacts, dialect: authorDialect, note: () => undefined };
  const chat = plainChat({ temperature: 0, stream: true, tools: [{ kind: "function", name: "f" }] });
  expect(JSON.parse(textOf(codec.encodeRequest({ operation: "count", chat }, target)))).toEqual({
    model: "claude-able",
    tools: [{ name: "f", input_schema: { type: "object", properties: {} } }],
    messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
  });
});

test("the count is the input of a usage, both ways", () => {
  const events = codec.decodeWhole(bytesOf({ input_tokens: 42 }), options);
  expect(events).toEqual([{ type: "usage", usage: { inputTokens: 42 } }, { type: "end" }]);
  expect(textOf(codec.encodeWhole(events, context))).toBe('{"input_tokens":42}');
  const writer = codec.createWriter(context);
  expect(events.map((event) => textOf(writer.event(event))).join("")).toBe('{"input_tokens":42}');
  const stream = codec.createDecoder(options);
  stream.push(bytesOf({ input_tokens: 42 }));
  expect(stream.end().flatMap((piece) => piece.events)).toEqual(events);
});

test("an answer without a count is none", () => {
  for (const body of [{}, { input_tokens: -1 }, "x"]) {
    expect(() => codec.decodeWhole(bytesOf(body), options)).toThrow(GatewayError);
  }
  expect(() => codec.encodeWhole([{ type: "end" }], context)).toThrow(GatewayError);
});

import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { openAiCountTokensCodec as codec } from "#core/wire/openai-count-tokens/codec.ts";
import { contextFor, jsonBody, options, thinker } from "#core/wire/openai-responses/responses.test-data.ts";
import { authorDialect } from "#core/wire/dialect.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const counted = '{"object":"response.input_tokens","input_tokens":11}';

test("what is counted is what an answer would be made from, and nothing else", () => {
  const request = codec.decodeRequest(
    jsonBody({
      model: "gpt-5",
      instructions: "s",
      input: "hi",
      tools: [{ type: "function", name: "f", strict: false, parameters: {} }],
      stream: true,
      max_output_tokens: 50,
      metadata: { a: "b" },
    }),
    {},
  );
  expect(request.operation).toBe("count");
  const target = { model: "up", facts: thinker, dialect: authorDialect, note: () => {} };
  expect(JSON.parse(decoder.decode(codec.encodeRequest(request, target)))).toEqual({
    model: "up",
    tools: [{ type: "function", name: "f", parameters: {}, strict: false }],
    instructions: "s",
    input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }],
  });
});

test("a count is read and written, whole or through a stream's decoder and writer", () => {
  const events = codec.decodeWhole(encoder.encode(counted), options);
  expect(events).toEqual([{ type: "usage", usage: { inputTokens: 11 } }, { type: "end" }]);
  expect(decoder.decode(codec.encodeWhole(events, contextFor()))).toBe(counted);
  const stream = codec.createDecoder(options);
  expect(stream.push(encoder.encode(counted))).toEqual([]);
  const writer = codec.createWriter(contextFor());
  const written = stream.end().flatMap((piece) => piece.events.map((event) => decoder.decode(writer.event(event))));
  expect(written.join("")).toBe(counted);
});

test("an error or anything else in place of a count is one", () => {
  const code = (text: string) => {
    try {
      codec.decodeWhole(encoder.encode(text), options);
    } catch (thrown) {
      return thrown instanceof GatewayError ? thrown.code : thrown;
    }
    return "accepted";
  };
  expect(code("{}")).toBe("upstream_bad_response");
  expect(code('{"input_tokens":-1}')).toBe("upstream_bad_response");
  expect(code('{"error":{"message":"no","type":"invalid_request_error"}}')).toBe("upstream_rejected");
  expect(() => codec.encodeWhole([{ type: "end" }], contextFor())).toThrow(GatewayError);
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { openAiEmbeddingsCodec as codec } from "#core/wire/openai-embeddings/codec.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const context = (embeddingEncoding: "float" | "base64") => ({
  model: "text-embedding-3-small",
  requestId: "req_x",
  createdSeconds: 5,
  streamUsage: true,
  embeddingEncoding,
});
const request = (fields: object) => codec.decodeRequest(decodeJsonBody(encoder.encode(JSON.stringify(fields))));

test("a request may hold one text, several, or token lists", () => {
  const rows: [unknown, (string | number[])[]][] = [
    ["a", ["a"]],
    [
      ["a", "b"],
      ["a", "b"],
    ],
    [[1, 2], [[1, 2]]],
    [
      [[1], [2, 3]],
      [[1], [2, 3]],
    ],
  ];
  for (const [input, inputs] of rows) {
    expect(request({ model: "m", input, dimensions: 8, encoding_format: "base64" })).toEqual({
      operation: "embeddings",
      embedding: { model: "m", inputs, dimensions: 8, encoding: "base64" },
    });
  }
});

test("a wrong request is refused", () => {
  const wrong = [
    { input: "a" },
    { model: "m" },
    { model: "m", input: [] },
    { model: "m", input: [{}] },
    { model: "m", input: 1 },
  ];
  for (const fields of [...wrong, { model: "m", input: "a", encoding_format: "hex" }]) {
    expect(() => request(fields)).toThrow(GatewayError);
  }
});

test("vectors survive both ways of writing them", () => {
  const vectors = fc.array(
    fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 8 }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(vectors, fc.constantFrom("float", "base64"), (list, encoding) => {
      const exact = list.map((vector) => vector.map((number) => number + 0));
      const events: ChatEvent[] = [
        { type: "start", model: "text-embedding-3-small" },
        ...exact.map((vector, index) => ({ type: "embedding", index, vector }) as const),
        { type: "usage", usage: { outputTokens: 0, inputTokens: 4 } },
        { type: "end" },
      ];
      const decoded = codec.decodeWhole(codec.encodeWhole(events, context(encoding)));
      expect(JSON.stringify(decoded)).toBe(JSON.stringify(events));
    }),
  );
});

test("a body is written as OpenAI writes it", () => {
  const events: ChatEvent[] = [
    { type: "embedding", index: 0, vector: [0.5, -1] },
    { type: "usage", usage: { inputTokens: 2, outputTokens: 0 } },
  ];
  expect(decoder.decode(codec.encodeWhole(events, context("float")))).toBe(
    '{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":2,"total_tokens":2}}',
  );
});

test("F37 what is not a list of vectors is a bad response", () => {
  for (const text of ["<html>", '{"data":[{"embedding":"?"}]}', '{"data":[{"embedding":["a"]}]}', "{}", '{"data":']) {
    expect(() => codec.decodeWhole(encoder.encode(text))).toThrow("not a list of embeddings");
  }
});

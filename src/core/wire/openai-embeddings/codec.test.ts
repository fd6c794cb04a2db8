import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "#core/chat/event.ts";
import type { Feature } from "#core/chat/feature.ts";
import { GatewayError } from "#core/errors.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { plainFacts, sampleContext } from "#core/wire/openai-chat/samples.test-data.ts";
import { openAiEmbeddingsCodec as codec } from "#core/wire/openai-embeddings/codec.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const context = (embeddingEncoding: "float" | "base64") =>
  sampleContext({ model: "text-embedding-3-small", embeddingEncoding });
const options = { keepUsage: true, requestId: "req_x" };
const request = (fields: object) => codec.decodeRequest(decodeJsonBody(encoder.encode(JSON.stringify(fields))), {});

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
      embedding: {
        model: "m",
        inputs,
        dimensions: 8,
        encoding: "base64",
        asked: new Map([["embedding_dimensions", "dimensions"]]),
      },
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
      const decoded = codec.decodeWhole(codec.encodeWhole(events, context(encoding)), options);
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
    expect(() => codec.decodeWhole(encoder.encode(text), options)).toThrow("not a list of embeddings");
  }
});

test("a request for another provider's caller is written with numbers asked for, and without what the server lacks", () => {
  const embedding = { model: "ours", inputs: ["a"], dimensions: 8, encoding: "float", asked: new Map() } as const;
  const written = (inputs: readonly string[], lacks: readonly Feature[] = []) =>
    JSON.parse(
      decoder.decode(
        codec.encodeRequest(
          { operation: "embeddings", embedding: { ...embedding, inputs } },
          { model: "theirs", facts: plainFacts, dialect: { ...authorDialect, lacks }, note: () => undefined },
        ),
      ),
    );
  expect(written(["a"])).toEqual({ model: "theirs", input: "a", encoding_format: "float", dimensions: 8 });
  expect(written(["a", "b"], ["embedding_dimensions"])).toEqual({
    model: "theirs",
    input: ["a", "b"],
    encoding_format: "float",
  });
});

test("an answer is written when it has ended, a failure instead of it", () => {
  const events: ChatEvent[] = [{ type: "embedding", index: 0, vector: [1] }, { type: "end" }];
  const writer = codec.createWriter(context("float"));
  expect(events.map((event) => writer.event(event).length > 0)).toEqual([false, true]);
  expect(writer.heartbeat()).toHaveLength(0);
  const failed = codec.createWriter(context("float")).fail(new GatewayError("upstream_error", "The provider failed."));
  expect(decoder.decode(failed)).toStartWith('{"error":');
});

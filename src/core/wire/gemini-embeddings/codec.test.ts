import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "#core/chat/event.ts";
import type { EmbeddingRequest } from "#core/chat/request.ts";
import { geminiEmbeddingsCodec as codec } from "#core/wire/gemini-embeddings/codec.ts";
import {
  body,
  contextOf,
  json,
  options,
  refusalOf,
  targetOf,
  text,
} from "#core/wire/gemini-generate/gemini.test-data.ts";

const content = (...texts: readonly string[]) => ({ parts: texts.map((said) => ({ text: said })) });
const embedded = (value: unknown): EmbeddingRequest => {
  const request = codec.decodeRequest(body(value), { model: "m" });
  if (request.operation !== "embeddings") throw new Error("is no embedding");
  return request.embedding;
};
const sent = (embedding: Partial<EmbeddingRequest>) => {
  const full = { model: "m", inputs: ["a"], encoding: "float", ...embedding } as const;
  return JSON.parse(text(codec.encodeRequest({ operation: "embeddings", embedding: full }, targetOf().target)));
};
const context = (batch: boolean) => ({
  ...contextOf(),
  request: { operation: "embeddings", embedding: { model: "m", inputs: ["a"], encoding: "float", batch } } as const,
});

test("one text or a batch, with what is asked beside them", () => {
  expect(embedded({ content: content("a", "b"), outputDimensionality: 8, task_type: "RETRIEVAL_QUERY" })).toEqual({
    model: "m",
    inputs: ["a\nb"],
    dimensions: 8,
    encoding: "float",
    batch: false,
    asked: new Map([
      ["embedding_task", "task_type"],
      ["embedding_dimensions", "outputDimensionality"],
    ]),
  });
  const requests = [{ model: "models/m", content: content("a"), title: "t" }, { content: content("b") }];
  expect(embedded({ requests })).toMatchObject({ inputs: ["a", "b"], batch: true });
  expect([...(embedded({ requests }).asked ?? [])]).toEqual([["embedding_task", "requests[0].title"]]);
});

test("a wrong request is refused by the field", () => {
  expect(refusalOf(() => embedded({})).details["field"]).toBe("content");
  expect(refusalOf(() => embedded({ requests: [] })).details["field"]).toBe("requests");
  expect(refusalOf(() => embedded({ requests: [{}] })).details["field"]).toBe("requests[0].content");
});

test("several texts, or what was a batch, are sent as a batch", () => {
  const model = "models/gemini-2.5-flash";
  expect(sent({ dimensions: 8 })).toEqual({ model, content: content("a"), outputDimensionality: 8 });
  expect(sent({ inputs: ["a", "b"] })).toEqual({
    requests: [
      { model, content: content("a") },
      { model, content: content("b") },
    ],
  });
  expect(sent({ batch: true })).toEqual({ requests: [{ model, content: content("a") }] });
  expect(refusalOf(() => sent({ inputs: [[1, 2]] }))).toMatchObject({
    code: "unsupported_value",
    details: { field: "input" },
  });
});

test("vectors survive there and back, in the form of the method that was called", () => {
  const vectors = fc.array(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(vectors, (list) => {
      const events: ChatEvent[] = [
        { type: "start" },
        ...list.map(
          (vector, index) => ({ type: "embedding", index, vector: vector.map((number) => number + 0) }) as const,
        ),
        { type: "usage", usage: { inputTokens: 4, outputTokens: 0 } },
        { type: "end" },
      ];
      expect(codec.decodeWhole(codec.encodeWhole(events, context(true)), options)).toEqual(events);
    }),
  );
  const one: ChatEvent[] = [{ type: "embedding", index: 0, vector: [0.5] }];
  expect(text(codec.encodeWhole(one, context(false)))).toBe('{"embedding":{"values":[0.5]}}');
  expect(text(codec.encodeWhole(one, context(true)))).toBe('{"embeddings":[{"values":[0.5]}]}');
});

test("F37 what is not a list of vectors is a bad response", () => {
  for (const wrong of [{}, { embedding: {} }, { embeddings: [] }, { embedding: { values: ["a"] } }, []]) {
    expect(refusalOf(() => codec.decodeWhole(json(wrong), options)).code).toBe("upstream_bad_response");
  }
});

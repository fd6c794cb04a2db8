import { describe, expect, test } from "bun:test";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { Effort } from "#core/chat/request.ts";
import { plainDialect } from "#core/wire/dialect.ts";
import { openAiResponsesCodec as codec } from "#core/wire/openai-responses/codec.ts";
import { encoded, talker, thinker } from "#core/wire/openai-responses/responses.test-data.ts";

describe("writing a request", () => {
  test("nothing is kept by the provider, and thinking comes back encrypted from models that think", () => {
    expect(encoded(plainChat()).body).toEqual({
      model: "gpt-up",
      include: ["reasoning.encrypted_content"],
      store: false,
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] }],
    });
    expect(encoded(plainChat(), talker).body).not.toHaveProperty("include");
    expect(encoded(plainChat({ stream: true, topLogprobs: 2 }), talker).body).toMatchObject({
      stream: true,
      include: ["message.output_text.logprobs"],
      top_logprobs: 2,
    });
  });

  test("limits below 16 and above the model's own are changed and named; sampling follows the model", () => {
    expect(encoded(plainChat({ maxOutputTokens: 5 }))).toMatchObject({
      body: { max_output_tokens: 16 },
      notes: ["max_output_tokens"],
    });
    const small = { ...thinker, maxOutputTokens: 100 };
    expect(encoded(plainChat({ maxOutputTokens: 500 }), small)).toMatchObject({
      body: { max_output_tokens: 100 },
      notes: ["max_output_tokens"],
    });
    const sampled = encoded(plainChat({ temperature: 0, topP: 0.5 }));
    expect(sampled.notes).toEqual(["temperature", "top_p"]);
    expect(sampled.body).not.toHaveProperty("temperature");
    expect(encoded(plainChat({ temperature: 0, topP: 0.5 }), talker)).toMatchObject({
      body: { temperature: 0, top_p: 0.5 },
      notes: [],
    });
  });

  test("pitfall 47: every level of effort and every budget is a level that the model knows", () => {
    const rows: [Effort, string, string[]][] = [
      ["none", "minimal", ["reasoning_effort"]],
      ["minimal", "minimal", []],
      ["low", "low", []],
      ["high", "high", []],
      ["xhigh", "high", ["reasoning_effort"]],
      ["max", "high", ["reasoning_effort"]],
    ];
    for (const [effort, sent, notes] of rows) {
      const written = encoded(plainChat({ reasoning: { effort } }));
      expect([effort, written.body["reasoning"], written.notes]).toEqual([effort, { effort: sent }, notes]);
    }
    expect(encoded(plainChat({ reasoning: { budgetTokens: 8000, visible: true } })).body["reasoning"]).toEqual({
      effort: "medium",
      summary: "auto",
    });
    expect(encoded(plainChat({ reasoning: { budgetTokens: -1, adaptive: true } })).body).not.toHaveProperty(
      "reasoning",
    );
    const plain = encoded(plainChat({ reasoning: { effort: "high" } }), talker);
    expect([plain.body["reasoning"], plain.notes]).toEqual([undefined, ["reasoning_effort"]]);
    const wishes = [{ adaptive: true }, { budgetTokens: 2000 }, { budgetTokens: 0, effort: "none" }] as const;
    expect(wishes.map((reasoning) => encoded(plainChat({ reasoning }), talker).notes)).toEqual([
      ["reasoning_effort"],
      ["reasoning_budget"],
      [],
    ]);
  });

  test("the form of the answer is native; the word JSON stands in the input, where the service looks for it", () => {
    const format = { type: "json-schema", schema: { type: "object" }, strict: true } as const;
    const schema = encoded(plainChat({ responseFormat: format, verbosity: "low" }));
    expect(schema.body["text"]).toEqual({
      format: { type: "json_schema", name: "response", schema: { type: "object" }, strict: false },
      verbosity: "low",
    });
    expect(schema.notes).toEqual(["json_schema"]);
    const older = encoded(plainChat({ verbosity: "low" }), talker);
    expect([older.body["text"], older.notes]).toEqual([undefined, ["verbosity"]]);
    const json = encoded(plainChat({ responseFormat: { type: "json" } })).body;
    expect(json).toMatchObject({ text: { format: { type: "json_object" } }, input: [{ role: "developer" }, {}] });
    const said = [{ role: "user", parts: [{ type: "text", text: "as JSON" }] }] as const;
    expect(encoded(plainChat({ messages: said, responseFormat: { type: "json" } })).body["input"]).toHaveLength(1);
    const old = encoded(plainChat({ responseFormat: format }), { ...talker, jsonSchema: false });
    expect(old.body).toMatchObject({ text: { format: { type: "json_object" } } });
    expect(old.text).toContain("JSON Schema");
  });

  test("accounting goes where it has a place of its size", () => {
    const written = encoded(plainChat({ user: "u", serviceTier: "flex", promptCacheKey: "k" }));
    expect(written.body).toMatchObject({ safety_identifier: "u", service_tier: "flex", prompt_cache_key: "k" });
    const long = "x".repeat(65);
    const noted = encoded(plainChat({ user: long, serviceTier: "standard_only", promptCacheKey: long }));
    expect(noted.notes).toEqual(["service_tier", "user", "prompt_cache_key"]);
    expect(noted.text).not.toContain(long);
  });
});

test("pitfall 28: the gateway is told that this protocol stops nowhere by itself", () => {
  const traits = codec.traits({ model: "m", facts: thinker, dialect: plainDialect, note: () => {} });
  expect(traits).toMatchObject({ stops: false, namespaces: false, customTools: false, resultMedia: true });
  expect(codec.fidelity?.takes.stop.kind).toBe("shim");
});

test("pitfall 15 pitfall 16: names and ids are held to 64 characters of the service's alphabet", () => {
  const { toolName, callId } = codec.traits({ model: "m", facts: thinker, dialect: plainDialect, note: () => {} });
  expect([toolName.most, callId.most]).toEqual([64, 64]);
  expect([toolName.pattern.test("a.b"), toolName.pattern.test("a_b-1"), callId.pattern.test("a b")]).toEqual([
    false,
    true,
    false,
  ]);
});

import { describe, expect, test } from "bun:test";
import { ableFacts, adaptiveFacts, encoded } from "#core/wire/anthropic-messages/messages.test-data.ts";

describe("limits and sampling", () => {
  test("pitfall 1: there is always a limit: the caller's, the model's or one for models nobody knows", () => {
    const { maxOutputTokens: _, ...unknown } = ableFacts;
    expect(encoded({ maxOutputTokens: 500 }).body["max_tokens"]).toBe(500);
    expect(encoded({}).body["max_tokens"]).toBe(64_000);
    expect(encoded({}, unknown).body["max_tokens"]).toBe(8192);
    expect(encoded({ reasoning: { effort: "high" } }, unknown).body["max_tokens"]).toBe(8192 + 16_384);
    const { body, notes } = encoded({ maxOutputTokens: 100_000 });
    expect([body["max_tokens"], notes]).toEqual([64_000, ["max_output_tokens"]]);
  });

  test("pitfall 3: a temperature above 1 is 1 and noted, not scaled", () => {
    expect(encoded({ temperature: 0.5 })).toMatchObject({ body: { temperature: 0.5 }, notes: [] });
    expect(encoded({ temperature: 1.4 })).toMatchObject({ body: { temperature: 1 }, notes: ["temperature"] });
  });

  test("pitfall 2: models that take no sampling get none, and it is noted", () => {
    const { body, notes } = encoded({ temperature: 0, topP: 0.9, topK: 4 }, adaptiveFacts);
    expect(body).not.toContainAnyKeys(["temperature", "top_p", "top_k"]);
    expect(notes).toEqual(["temperature", "top_p", "top_k"]);
  });

  test("where both cannot stand together the temperature stays and top_p goes", () => {
    const facts = { ...ableFacts, temperatureWithTopP: false };
    expect(encoded({ temperature: 0, topP: 0.9 }, facts)).toMatchObject({ body: { temperature: 0 }, notes: ["top_p"] });
    expect(encoded({ topP: 0.9 }, facts)).toMatchObject({ body: { top_p: 0.9 }, notes: [] });
  });

  test("stops, user, tier and stream have Anthropic's names", () => {
    const { body, notes } = encoded({ stop: ["END", " "], user: "u", serviceTier: "default", stream: true });
    expect(body).toMatchObject({
      stop_sequences: ["END"],
      metadata: { user_id: "u" },
      service_tier: "standard_only",
      stream: true,
    });
    expect(notes).toEqual(["stop"]);
    expect(encoded({ serviceTier: "flex", user: "u".repeat(300) }).notes).toEqual(["user", "service_tier"]);
  });
});

describe("the form of the answer", () => {
  const schema = {
    type: "object",
    properties: { n: { type: "integer", minimum: 1, description: "A number" }, s: { type: "string" } },
    required: ["n"],
  };

  test("pitfall 6: a schema is native, closed, bounds told in words, and required stays what it was", () => {
    const { body, notes } = encoded({ responseFormat: { type: "json-schema", schema } });
    expect(body["output_config"]).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: { n: { type: "integer", description: "A number\n\n{minimum: 1}" }, s: { type: "string" } },
          required: ["n"],
          additionalProperties: false,
        },
      },
    });
    expect(notes).toEqual(["json_schema"]);
  });

  test("models without it are asked in words, and plain JSON always is", () => {
    const old = { ...ableFacts, jsonSchema: false };
    const asked = encoded({ responseFormat: { type: "json-schema", schema } }, old);
    expect(JSON.stringify(asked.body["system"])).toContain("JSON Schema");
    expect(asked.body["output_config"]).toBeUndefined();
    expect(asked.notes).toEqual(["json_schema"]);
    expect(JSON.stringify(encoded({ responseFormat: { type: "json" } }).body["system"])).toContain("one JSON object");
  });
});

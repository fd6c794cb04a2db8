import { describe, expect, test } from "bun:test";
import { efforts } from "#core/chat/effort.ts";
import type { ChatRequest, Message, Part } from "#core/chat/request.ts";
import { encodeChat, gemini25, gemini3, refusalOf } from "#core/wire/gemini-generate/gemini.test-data.ts";

const said = (role: Message["role"], ...parts: readonly Part[]): Message => ({ role, parts });
const picture = (more: object = {}): Extract<Part, { type: "media" }> => ({
  type: "media",
  kind: "image",
  source: { type: "data", mimeType: "image/png", base64: "iVBO" },
  path: "messages[0].content[0]",
  ...more,
});
const config = (chat: Partial<ChatRequest>, facts = gemini25) => encodeChat(chat, facts).sent["generationConfig"];

describe("generationConfig", () => {
  test("carries what Gemini has a word for, but no penalty of nothing, whose field many models refuse", () => {
    expect(
      config({
        temperature: 0,
        topP: 1,
        topK: 3,
        choices: 2,
        maxOutputTokens: 9,
        stop: ["a"],
        seed: 0,
        presencePenalty: 1,
        frequencyPenalty: 0,
        topLogprobs: 2,
        responseFormat: { type: "json-schema", schema: { type: "object", additionalProperties: false } },
      }),
    ).toEqual({
      temperature: 0,
      topP: 1,
      topK: 3,
      candidateCount: 2,
      maxOutputTokens: 9,
      stopSequences: ["a"],
      presencePenalty: 1,
      seed: 0,
      responseLogprobs: true,
      logprobs: 2,
      responseMimeType: "application/json",
      responseJsonSchema: { type: "object", additionalProperties: false },
    });
  });

  test("a form of the answer stands beside tools only where the model takes both; older ones are told it in words", () => {
    const tools = [{ kind: "function", name: "f" }] as const;
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const withSchema = { tools, responseFormat: { type: "json-schema", schema } } as const;
    expect(config(withSchema, gemini3)).toEqual({
      responseMimeType: "application/json",
      responseJsonSchema: schema,
    });
    const messages = [said("system", { type: "text", text: "Be kind." }), said("user", { type: "text", text: "hi" })];
    const older = encodeChat({ ...withSchema, messages });
    expect(older.sent).not.toHaveProperty("generationConfig");
    expect(older.sent["systemInstruction"]).toEqual({
      parts: [{ text: "Be kind." }, { text: expect.stringContaining(JSON.stringify(schema)) }],
    });
    expect(older.notes).toEqual(["json_schema"]);
    const free = encodeChat({ tools, responseFormat: { type: "json" } });
    expect(JSON.stringify(free.sent["systemInstruction"])).toContain("one JSON object");
    expect([free.sent["generationConfig"], free.notes]).toEqual([undefined, ["json_object"]]);
  });

  test("is not there when nothing is said", () => {
    expect(encodeChat({}).sent).toEqual({ contents: [{ role: "user", parts: [{ text: "hi" }] }] });
  });

  test("refuses more stop sequences than Gemini takes, by the caller's name", () => {
    const stop = ["1", "2", "3", "4", "5", "6"];
    const refused = refusalOf(() => encodeChat({ stop, asked: new Map([["stop", "stop_sequences"]]) }));
    expect([refused.code, refused.details["field"]]).toEqual(["unsupported_value", "stop_sequences"]);
    expect(config({ stop: stop.slice(1) })).toEqual({ stopSequences: stop.slice(1) });
  });

  test("an agent's limit above the model's is lowered and named; a limit of nothing is refused", () => {
    expect(encodeChat({ maxOutputTokens: 128_000 })).toMatchObject({
      sent: { generationConfig: { maxOutputTokens: 65_536 } },
      notes: ["max_output_tokens"],
    });
    expect(refusalOf(() => encodeChat({ maxOutputTokens: 0 })).code).toBe("unsupported_value");
  });

  test("a seed of more than 32 bits is left out and named", () => {
    expect(encodeChat({ seed: 2 ** 40 }).notes).toEqual(["seed"]);
  });

  test("the detail of pictures is one resolution where all agree, else named", () => {
    const seen = (...details: readonly object[]) =>
      encodeChat({ messages: [said("user", ...details.map((detail) => picture(detail)))] });
    expect(seen({ detail: "low" }, { detail: "low" }).sent["generationConfig"]).toEqual({
      mediaResolution: "MEDIA_RESOLUTION_LOW",
    });
    expect(seen({}, { detail: "auto" })).toMatchObject({ notes: [] });
    expect(seen({ detail: "low" }, { detail: "high" }).notes).toEqual(["image_detail"]);
  });

  test("pitfall 47: every effort gives a level or a budget, never both, within what the model takes", () => {
    for (const effort of efforts) {
      const byLevel = config({ reasoning: { effort } }, gemini3) as { thinkingConfig: object };
      const byBudget = config({ reasoning: { effort } }) as { thinkingConfig: { thinkingBudget: number } };
      expect(Object.keys(byLevel.thinkingConfig)).toEqual(["thinkingLevel"]);
      expect(Object.keys(byBudget.thinkingConfig)).toEqual(["thinkingBudget"]);
      expect(byBudget.thinkingConfig.thinkingBudget).toBeWithin(0, 24_577);
    }
    expect(encodeChat({ reasoning: { effort: "max" } }, gemini3).notes).toEqual(["reasoning_effort"]);
    expect(encodeChat({ reasoning: { effort: "medium" } }, gemini3).notes).toEqual([]);
  });

  test("a budget becomes the level that it stands for, and thoughts are shown where asked", () => {
    expect(config({ reasoning: { budgetTokens: 8192, visible: true } }, gemini3)).toEqual({
      thinkingConfig: { includeThoughts: true, thinkingLevel: "MEDIUM" },
    });
    expect(config({ reasoning: { adaptive: true } })).toEqual({ thinkingConfig: { thinkingBudget: -1 } });
    expect(encodeChat({ reasoning: { budgetTokens: 100_000 } }).notes).toEqual(["reasoning_budget"]);
  });

  test("a model that cannot think is not told to, and the wish is named", () => {
    const plain = { ...gemini25, reasoning: { by: "none" } } as const;
    const asked = new Map([["reasoning_visible", "thinkingConfig.includeThoughts"]] as const);
    expect(encodeChat({ reasoning: { effort: "high", visible: true }, asked }, plain)).toMatchObject({
      sent: { contents: expect.anything() },
      notes: ["reasoning_effort", "reasoning_visible"],
    });
    expect(encodeChat({ reasoning: { effort: "none" } }, plain).notes).toEqual([]);
  });
});

import { describe, expect, test } from "bun:test";
import { camelCase, snakeCase } from "#core/wire/gemini-generate/fields.ts";
import { decodeChat, encodeChat, gemini3, refusalOf } from "#core/wire/gemini-generate/gemini.test-data.ts";
import { recordOf } from "#core/wire/json-value.ts";

const user = (...parts: readonly unknown[]) => ({ role: "user", parts });
const model = (...parts: readonly unknown[]) => ({ role: "model", parts });

/** Data of the user, whose names are nobody's to change. */
const userData: ReadonlySet<string> = new Set(["args", "response", "properties", "labels"]);

function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  const record = recordOf(value);
  if (record === undefined) return value;
  return Object.fromEntries(
    Object.entries(record).map(([name, member]) => [
      snakeCase(name),
      userData.has(name) ? member : inSnakeCase(member),
    ]),
  );
}

/** Gemini CLI 0.61, second request of a loop, as it was seen. */
const agentBody = {
  systemInstruction: { role: "user", parts: [{ text: "You are an agent." }] },
  contents: [
    user({ text: "What is in a.txt?" }),
    model({
      functionCall: { id: "read_file-1", name: "read_file", args: { file_path: "a.txt", maxLines: 5 } },
      thoughtSignature: "c2ln",
    }),
    user(
      { functionResponse: { id: "read_file-1", name: "read_file", response: { output: "hello_world" } } },
      { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } },
    ),
  ],
  tools: [
    {
      functionDeclarations: [
        {
          name: "read_file",
          description: "Reads",
          parametersJsonSchema: {
            type: "OBJECT",
            properties: { file_path: { type: "STRING" } },
            required: ["file_path"],
          },
        },
      ],
    },
  ],
  toolConfig: { functionCallingConfig: { mode: "AUTO" } },
  generationConfig: {
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxOutputTokens: 100,
    stopSequences: ["END"],
    responseMimeType: "text/plain",
    thinkingConfig: { includeThoughts: true, thinkingLevel: "HIGH" },
  },
};

describe("a Gemini request", () => {
  test("of Gemini CLI has its whole meaning", () => {
    const chat = decodeChat(agentBody, { model: "gemini-3-pro", stream: true });
    expect(chat).toMatchObject({
      model: "gemini-3-pro",
      stream: true,
      streamUsage: true,
      temperature: 1,
      topP: 0.95,
      topK: 64,
      maxOutputTokens: 100,
      stop: ["END"],
      choices: 1,
      toolChoice: { type: "auto" },
      reasoning: { effort: "high", visible: true },
      unknownFields: [],
    });
    expect(chat.responseFormat).toBeUndefined();
    expect(chat.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool", "user"]);
    expect(chat.messages[2]?.parts).toEqual([
      { type: "reasoning", text: "", token: { kind: "thought", data: "c2ln" } },
      {
        type: "tool-call",
        id: "read_file-1",
        name: "read_file",
        form: "function",
        argumentsText: '{"file_path":"a.txt","maxLines":5}',
      },
    ]);
    expect(chat.messages[3]?.parts).toEqual([
      { type: "tool-result", callId: "read_file-1", name: "read_file", parts: [{ type: "text", text: "hello_world" }] },
    ]);
    expect(chat.tools).toEqual([
      {
        kind: "function",
        name: "read_file",
        description: "Reads",
        parameters: { type: "object", properties: { file_path: { type: "string" } }, required: ["file_path"] },
      },
    ]);
  });

  test("pitfall 26: in snake case, or mixed, sends the same upstream, names of properties untouched", () => {
    const both = { ...agentBody, ...recordOf(inSnakeCase(agentBody)) };
    const onlySnake = inSnakeCase(agentBody);
    const { contents: _, ...mixed } = agentBody;
    const sent = encodeChat(decodeChat(agentBody), gemini3).written;
    expect(encodeChat(decodeChat(onlySnake), gemini3).written).toBe(sent);
    expect(refusalOf(() => decodeChat(both)).code).toBe("invalid_request");
    expect(encodeChat(decodeChat({ ...mixed, contents: inSnakeCase(agentBody.contents) }), gemini3).written).toBe(sent);
    expect(sent).toContain('"file_path"');
    expect(sent).toContain('"maxLines":5');
  });

  test("names fields of a refusal and of what it asks as the caller wrote them", () => {
    const chat = decodeChat({ contents: [user({ text: "a" })], generation_config: { top_k: 3, candidateCount: 2 } });
    expect([...chat.asked]).toEqual([
      ["top_k", "generation_config.top_k"],
      ["choices", "generation_config.candidateCount"],
    ]);
    const wrong = refusalOf(() => decodeChat({ contents: [user({ inline_data: { mime_type: "a/b" } })] }));
    expect([wrong.code, wrong.details["field"]]).toEqual(["invalid_request", "contents[0].parts[0].inline_data.data"]);
  });

  test("asks for nothing by writing the defaults", () => {
    const chat = decodeChat({
      contents: [user({ text: "a" })],
      safetySettings: [],
      serviceTier: "standard",
      generationConfig: {
        candidateCount: 1,
        presencePenalty: 0,
        responseLogprobs: false,
        responseMimeType: "text/plain",
        responseModalities: ["TEXT"],
        mediaResolution: "MEDIA_RESOLUTION_UNSPECIFIED",
      },
    });
    expect([...chat.asked]).toEqual([]);
    expect(chat.unknownFields).toEqual([]);
  });

  test("says what it asks for beside the conversation, and what nobody knows", () => {
    const chat = decodeChat({
      contents: [user({ text: "a" })],
      safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      cachedContent: "cachedContents/1",
      labels: { a: "b" },
      serviceTier: "flex",
      tools: [{ googleSearch: {} }, { codeExecution: {}, urlContext: {} }],
      novelty: 1,
      generationConfig: { speechConfig: {}, responseModalities: ["IMAGE"], audioTimestamp: true },
    });
    expect(Object.fromEntries(chat.asked)).toEqual({
      audio_output: "generationConfig.speechConfig",
      image_output: "generationConfig.responseModalities",
      web_search: "tools[0].googleSearch",
      hosted_tools: "tools[1].codeExecution",
      safety_settings: "safetySettings",
      cached_content: "cachedContent",
      metadata: "labels",
      service_tier: "serviceTier",
    });
    expect(chat.unknownFields).toEqual(["novelty", "generationConfig.audioTimestamp"]);
    expect(chat.tools.map((tool) => tool.kind === "hosted" && tool.type)).toEqual([
      "googleSearch",
      "codeExecution",
      "urlContext",
    ]);
  });

  test("pitfall 25: base64 in the alphabet for URLs, unpadded, becomes standard base64", () => {
    const rows: [string, string][] = [
      ["_-8", "/+8="],
      ["aGk", "aGk="],
      ["aGk=", "aGk="],
      ["aGVsbG8", "aGVsbG8="],
      ["YWJj", "YWJj"],
    ];
    for (const [data, base64] of rows) {
      const chat = decodeChat({ contents: [user({ inline_data: { mime_type: "image/png", data } })] });
      expect(chat.messages[0]?.parts[0]).toMatchObject({ source: { type: "data", mimeType: "image/png", base64 } });
    }
  });

  test("tells what a web address points at from what only Google can read", () => {
    const rows: [object, object, string][] = [
      [
        { fileUri: "https://a.example/x.png", mimeType: "image/png" },
        { kind: "image", source: { type: "url" } },
        "image_url",
      ],
      [{ fileUri: "https://a.example/x.pdf", mimeType: "application/pdf" }, { kind: "file" }, "file_url"],
      [{ fileUri: "gs://bucket/x", mimeType: "audio/mpeg" }, { kind: "audio", source: { type: "file" } }, "file_id"],
      [{ fileUri: "https://www.youtube.com/watch?v=1" }, { kind: "video", source: { type: "file" } }, "file_id"],
      [
        { fileUri: "https://generativelanguage.googleapis.com/v1beta/files/1", mimeType: "application/pdf" },
        { kind: "file", source: { type: "file" } },
        "file_id",
      ],
    ];
    for (const [fileData, part, feature] of rows) {
      const chat = decodeChat({ contents: [user({ fileData })] });
      expect(chat.messages[0]?.parts[0]).toMatchObject(part);
      expect([...chat.asked.keys()]).toEqual([feature as never]);
    }
  });

  test("takes single objects where lists are meant, as Google does", () => {
    const chat = decodeChat({ system_instruction: { parts: { text: "s" } }, contents: { parts: { text: "a" } } });
    expect(chat.messages).toEqual([
      { role: "system", parts: [{ type: "text", text: "s" }] },
      { role: "user", parts: [{ type: "text", text: "a" }] },
    ]);
  });

  test("may instruct by more than text, which only Google understands", () => {
    const chat = decodeChat({ systemInstruction: { parts: [{ inlineData: {} }] }, contents: [user({ text: "a" })] });
    expect(chat.messages[0]?.parts).toEqual([{ type: "foreign", path: "systemInstruction.parts[0]", required: false }]);
  });

  test("without contents or a model is refused", () => {
    for (const contents of [undefined, [], "hi", [1]])
      expect(refusalOf(() => decodeChat({ contents })).code).toBe("invalid_request");
    expect(refusalOf(() => decodeChat({ contents: [user({ text: "a" })] }, {})).details["field"]).toBe("model");
    expect(decodeChat({ model: "models/m", contents: [user({ text: "a" })] }, {}).model).toBe("m");
  });

  test("chooses tools in Gemini's modes, in any case", () => {
    const choice = (functionCallingConfig: object) =>
      decodeChat({ contents: [user({ text: "a" })], toolConfig: { functionCallingConfig } }).toolChoice;
    expect(choice({ mode: "none" })).toEqual({ type: "none" });
    expect(choice({ mode: "ANY" })).toEqual({ type: "required" });
    expect(choice({ mode: "any", allowedFunctionNames: ["a"] })).toEqual({ type: "tool", name: "a" });
    expect(choice({ mode: "ANY", allowed_function_names: ["a", "b"] })).toEqual({
      type: "allowed",
      required: true,
      names: ["a", "b"],
    });
    expect(choice({ mode: "VALIDATED", allowedFunctionNames: ["a"] })).toMatchObject({
      type: "allowed",
      required: false,
    });
    expect(choice({ mode: "AUTO" })).toEqual({ type: "auto" });
  });

  test("wishes for thinking by level or by budget", () => {
    const wish = (thinkingConfig: object) =>
      decodeChat({ contents: [user({ text: "a" })], generationConfig: { thinkingConfig } }).reasoning;
    expect(wish({ thinkingLevel: "low" })).toEqual({ effort: "low", visible: false });
    expect(wish({ thinkingBudget: 0 })).toEqual({ effort: "none", budgetTokens: 0, visible: false });
    expect(wish({ thinkingBudget: -1, includeThoughts: true })).toEqual({ adaptive: true, visible: true });
    expect(wish({ thinkingBudget: 512 })).toEqual({ budgetTokens: 512, visible: false });
  });

  test("the router's call of Gemini CLI, with types in upper case, asks for JSON by a valid schema", () => {
    const chat = decodeChat({
      contents: [user({ text: "a" })],
      generationConfig: {
        responseMimeType: "application/json",
        responseJsonSchema: {
          type: "OBJECT",
          properties: { model_choice: { type: "STRING", enum: ["flash", "pro"] } },
        },
      },
    });
    expect(chat.responseFormat).toEqual({
      type: "json-schema",
      schema: { type: "object", properties: { model_choice: { type: "string", enum: ["flash", "pro"] } } },
    });
  });
});

test("names of fields turn from one way of writing into the other and back", () => {
  for (const name of ["functionCall", "a", "parametersJsonSchema"]) expect(camelCase(snakeCase(name))).toBe(name);
});

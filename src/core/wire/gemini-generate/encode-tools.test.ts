import { expect, test } from "bun:test";
import type { ChatRequest } from "#core/chat/request.ts";
import { encodeChat } from "#core/wire/gemini-generate/gemini.test-data.ts";

test("pitfall 8: schemas go as JSON Schema, never as parameters", () => {
  const parameters = {
    $schema: "x",
    type: "object",
    additionalProperties: false,
    properties: { n: { exclusiveMinimum: 1 } },
    propertyNames: { pattern: "a" },
  };
  const { sent, notes } = encodeChat({
    tools: [
      { kind: "function", name: "f", description: "d", parameters, strict: true },
      { kind: "function", name: "g", examples: [{ a: 1 }] },
    ],
    toolChoice: { type: "required" },
  });
  expect(sent["tools"]).toEqual([
    {
      functionDeclarations: [
        { name: "f", description: "d", parametersJsonSchema: parameters },
        { name: "g", description: 'Examples of the arguments:\n{"a":1}' },
      ],
    },
  ]);
  expect(sent["toolConfig"]).toEqual({ functionCallingConfig: { mode: "ANY" } });
  expect(notes).toEqual([]);
});

test("tools are chosen in Gemini's modes", () => {
  const tools = [{ kind: "function", name: "f" }] as const;
  const chosen = (toolChoice: ChatRequest["toolChoice"]) => encodeChat({ tools, toolChoice }).sent["toolConfig"];
  expect(chosen({ type: "auto" })).toBeUndefined();
  expect(chosen({ type: "none" })).toEqual({ functionCallingConfig: { mode: "NONE" } });
  expect(chosen({ type: "tool", name: "f" })).toEqual({
    functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] },
  });
  expect(chosen({ type: "allowed", required: false, names: ["f"] })).toEqual({
    functionCallingConfig: { mode: "VALIDATED", allowedFunctionNames: ["f"] },
  });
  expect(encodeChat({ toolChoice: { type: "required" } }).sent["toolConfig"]).toBeUndefined();
});

test("pitfall 14: a web search stands alone or is left out and named", () => {
  const search = { kind: "hosted", type: "web_search", path: "tools[1]", webSearch: { maxUses: 3 } } as const;
  expect(encodeChat({ tools: [search] })).toMatchObject({
    sent: { tools: [{ googleSearch: {} }] },
    notes: ["web_search"],
  });
  const beside = encodeChat({
    tools: [
      { kind: "function", name: "f" },
      { ...search, webSearch: {} },
    ],
  });
  expect(beside.sent["tools"]).toEqual([{ functionDeclarations: [{ name: "f" }] }]);
  expect(beside.notes).toEqual(["web_search"]);
  const forced = {
    tools: [{ kind: "function", name: "f" } as const, search],
    toolChoice: { type: "hosted", path: "tools[1]" } as const,
  };
  expect(() => encodeChat(forced)).toThrow("'tools[1]' is forced");
});

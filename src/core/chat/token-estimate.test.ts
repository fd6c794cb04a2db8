import { expect, test } from "bun:test";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { ChatRequest } from "#core/chat/request.ts";
import { estimatedInputTokens } from "#core/chat/token-estimate.ts";

const estimate = (more: Partial<ChatRequest>): number =>
  estimatedInputTokens({ operation: "chat", chat: { ...plainChat(), messages: [], ...more } });
const said = (text: string): Partial<ChatRequest> => ({
  messages: [{ role: "user", parts: [{ type: "text", text }] }],
});

test("text of East Asia counts nearly a token a character, other text a quarter of one", () => {
  expect(estimate(said("The quick brown fox jumps over the lazy dog. ".repeat(80)))).toBe(1_000);
  expect(estimate(said("人工智能正在改变我们的生活方式".repeat(100)))).toBe(1_154);
  const mixed = estimate(said("人工智能 is changing how we live ".repeat(100)));
  expect(mixed).toBeGreaterThan(700);
  expect(mixed).toBeLessThan(1_300);
});

test("the schema of a tool counts as long as it is written", () => {
  const parameters = {
    type: "object",
    properties: { a: { enum: ["x", 1, true, null, []], minItems: 12.5 } },
    required: [],
  };
  const text = JSON.stringify(parameters);
  const tool = { kind: "function", name: "f", parameters } as const;
  expect(estimate({ tools: [tool] })).toBe(Math.ceil((1 + text.length) / 3.6));
});

import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { ChatRequest } from "#core/chat/request.ts";
import { Tally, type TokenCount } from "#core/chat/tally.ts";
import { estimatedInputTokens } from "#core/chat/token-estimate.ts";

const chat = plainChat({ messages: [{ role: "user", parts: [{ type: "text", text: "x".repeat(36) }] }] });

function counted(events: readonly ChatEvent[], operation: "chat" | "count" = "chat"): TokenCount {
  const tally = new Tally({ operation, chat });
  for (const event of events) tally.see(event);
  return tally.count();
}

const said: ChatEvent = { type: "text", choice: 0, text: "y".repeat(18) };

test("the provider's counts are taken where both are there, estimated where they are not", () => {
  const usage: ChatEvent = { type: "usage", usage: { inputTokens: 3, outputTokens: 0 } };
  expect(counted([said, usage])).toEqual({ usage: { inputTokens: 3, outputTokens: 0 }, source: "upstream" });
  expect(counted([said])).toEqual({ usage: { inputTokens: 10, outputTokens: 5 }, source: "estimated" });
  expect(counted([{ type: "usage", usage: { inputTokens: 7 } }, said])).toEqual({
    usage: { inputTokens: 7, outputTokens: 5 },
    source: "estimated",
  });
});

test("thoughts, refusals and calls are output too", () => {
  const events: ChatEvent[] = [
    { type: "reasoning", choice: 0, text: "z".repeat(18) },
    { type: "refusal", choice: 0, text: "z".repeat(18) },
    { type: "tool-call", choice: 0, call: 0, id: "1", name: "z".repeat(9) },
    { type: "tool-arguments", choice: 0, call: 0, text: "z".repeat(9) },
  ];
  expect(counted(events).usage.outputTokens).toBe(15);
});

test("without any content nothing was used, and having tokens counted uses none", () => {
  expect(counted([{ type: "start" }, { type: "end" }])).toEqual({ usage: {}, source: "none" });
  const usage: ChatEvent = { type: "usage", usage: { inputTokens: 3 } };
  expect(counted([usage, { type: "end" }], "count")).toEqual({ usage: {}, source: "none" });
});

test("every part of a request is estimated: calls, results, thoughts, tools, media", () => {
  const estimate = (more: Partial<ChatRequest>): number =>
    estimatedInputTokens({ operation: "chat", chat: { ...chat, messages: [], ...more } });
  const text = { type: "text", text: "x".repeat(36) } as const;
  const call = { type: "tool-call", id: "1", name: "x", form: "function", argumentsText: "x".repeat(35) } as const;
  const picture = { type: "media", kind: "image", source: { type: "url", url: "https://x" }, path: "" } as const;
  const result = { type: "tool-result", callId: "1", parts: [text, picture] } as const;
  const tool = { kind: "function", name: "f", parameters: { type: "object" } } as const;
  expect(estimate({ messages: [{ role: "assistant", parts: [call, { type: "reasoning", text: text.text }] }] })).toBe(
    20,
  );
  expect(estimate({ messages: [{ role: "tool", parts: [result] }] })).toBe(1_010);
  expect(estimate({ tools: [tool, { kind: "hosted", type: "x", path: "" }] })).toBe(5);
  const embedding = { model: "m", inputs: ["x".repeat(36), [1, 2, 3]], encoding: "float" } as const;
  expect(estimatedInputTokens({ operation: "embeddings", embedding })).toBe(13);
});

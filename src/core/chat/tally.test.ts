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

const usageOf = (inputTokens: number, outputTokens: number): ChatEvent => ({
  type: "usage",
  usage: { inputTokens, outputTokens },
});

function soFar(events: readonly ChatEvent[]): TokenCount {
  const tally = new Tally({ operation: "chat", chat });
  for (const event of events) tally.see(event);
  return tally.countSoFar();
}

test("T-22 of an answer that was left counts what had come, whatever a provider says before it has counted that", () => {
  expect(soFar([])).toEqual({ usage: {}, source: "none" });
  expect(soFar([said])).toEqual({ usage: { inputTokens: 10, outputTokens: 5 }, source: "estimated" });
  // Anthropic says 1 at the start and the truth at the end.
  expect(soFar([usageOf(7, 1), said])).toEqual({ usage: { inputTokens: 7, outputTokens: 5 }, source: "estimated" });
  // Gemini counts in every frame what it has said so far.
  expect(soFar([said, usageOf(7, 3)])).toEqual({ usage: { inputTokens: 7, outputTokens: 3 }, source: "estimated" });
  const finish: ChatEvent = { type: "finish", choice: 0, reason: "stop", raw: "stop" };
  expect(soFar([said, finish, usageOf(7, 3)])).toEqual({
    usage: { inputTokens: 7, outputTokens: 3 },
    source: "upstream",
  });
});

test("F111 no frame of a stream is less than a token, and where a character is a word each counts", () => {
  const frames = (count: number): ChatEvent => ({ type: "text", choice: 0, text: " a".repeat(count), frames: count });
  expect(soFar([frames(20), { type: "text", choice: 0, text: " b" }]).usage.outputTokens).toBe(21);
  expect(soFar([{ type: "text", choice: 0, text: "漢".repeat(13) }]).usage.outputTokens).toBe(10);
});

test("a call that was left before anything came has read its input", () => {
  expect(new Tally({ operation: "chat", chat }).countAsked()).toEqual({
    usage: { inputTokens: 10, outputTokens: 0 },
    source: "estimated",
  });
  expect(new Tally({ operation: "count", chat }).countAsked()).toEqual({ usage: {}, source: "none" });
});

test("more kept in the cache for long than was written to it makes a count unbelievable", () => {
  const usage = { inputTokens: 10, cacheWriteTokens: 6, cacheWriteLongTokens: 7, outputTokens: 4 };
  expect(counted([said, { type: "usage", usage }]).source).toBe("estimated");
  expect(counted([said, { type: "usage", usage: { ...usage, cacheWriteLongTokens: 6 } }]).source).toBe("upstream");
});

test("sound and pictures that are more than what they are part of make a count unbelievable", () => {
  const usage = { inputTokens: 10, audioInputTokens: 6, imageInputTokens: 5, outputTokens: 4 };
  expect(counted([said, { type: "usage", usage }]).source).toBe("estimated");
  const fitting = { ...usage, imageInputTokens: 4, audioOutputTokens: 4 };
  expect(counted([said, { type: "usage", usage: fitting }])).toEqual({ usage: fitting, source: "upstream" });
});

import { expect, test } from "bun:test";
import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { Feature } from "#core/chat/feature.ts";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { ChatRequest, MediaPart } from "#core/chat/request.ts";
import { wholePrice } from "#core/ledger/money.ts";
import { type ModelBounds, mostInputTokens, mostNanos, mostOutputTokens } from "#core/ledger/worst-case.ts";

const model: ModelBounds = { model: "m" };
const body = (length: number) => ({ bytes: new Uint8Array(length), value: {}, spans: new Map() });
const chat = (changes: Partial<ChatRequest> = {}): CanonicalRequest => ({
  operation: "chat",
  chat: plainChat({ messages: [{ role: "user", parts: [{ type: "text", text: "x".repeat(360) }] }], ...changes }),
});
const asking = (...features: Feature[]) => chat({ asked: new Map(features.map((feature) => [feature, feature])) });

test("text is no more tokens than its bytes, nor than 1.15 times the estimate and 64", () => {
  expect(mostInputTokens({ request: chat(), body: body(1_000) }, model)).toBe(179);
  expect(mostInputTokens({ request: chat(), body: body(100) }, model)).toBe(100);
  const tool = { kind: "function", name: "f" } as const;
  expect(mostInputTokens({ request: chat({ tools: [tool] }), body: body(100) }, model)).toBe(904);
});

test("media are as many tokens as they may be, whatever their bytes; nothing is more than the window", () => {
  const medium = (kind: MediaPart["kind"]): MediaPart => ({
    type: "media",
    kind,
    source: { type: "url", url: "https://x" },
    path: "",
  });
  const result = { type: "tool-result", callId: "1", parts: [medium("image")] } as const;
  const request = chat({ messages: [{ role: "user", parts: [medium("image"), result] }] });
  const most = (bounds: ModelBounds) => mostInputTokens({ request, body: body(10) }, bounds);
  expect(most(model)).toBe(20_010);
  expect(most({ model: "gpt-4o-mini-2024-07-18" })).toBe(100_010);
  expect(most({ model: "m", contextWindow: 4_000 })).toBe(4_000);
});

test("what the request does not hold can fill the window", () => {
  for (const feature of ["previous_response", "cached_content", "web_search"] as const) {
    const call = { request: asking(feature), body: body(10) };
    expect(mostInputTokens(call, { model: "m", contextWindow: 4_000 })).toBe(4_000);
    expect(mostInputTokens(call, model)).toBe(1_000_000);
  }
});

test("the answer is bounded by the caller, else the model, else the usual limit, for each choice", () => {
  expect(mostOutputTokens(chat(), model)).toBe(8_192);
  expect(mostOutputTokens(chat(), { model: "m", maxOutputTokens: 500 })).toBe(500);
  expect(mostOutputTokens(chat({ maxOutputTokens: 50, choices: 3 }), model)).toBe(150);
  // Translation to Responses raises it to this.
  expect(mostOutputTokens(chat({ maxOutputTokens: 1 }), model)).toBe(16);
});

test("every token counts at the dearest price that it can have, the step of long inputs and the fee of the call too", () => {
  const price = wholePrice({
    input: 1_000_000n,
    cacheWrite: 2_000_000n,
    output: 1_000_000n,
    reasoning: 3_000_000n,
    audioOutput: 9_000_000n,
    requestNanos: 7n,
    steps: [{ aboveInputTokens: 178, input: 10_000_000n, output: 10_000_000n }],
  });
  const most = (length: number, request = chat({ maxOutputTokens: 100 })) =>
    mostNanos({ request, body: body(length) }, model, price);
  expect(most(100)).toBe(2n * 100n + 3n * 100n + 7n);
  expect(most(1_000)).toBe(10n * 179n + 10n * 100n + 7n);
  const spoken = chat({ maxOutputTokens: 100, asked: new Map([["audio_output", "modalities"]]) });
  expect(most(100, spoken)).toBe(2n * 100n + 9n * 100n + 7n);
});

test("vectors have no output", () => {
  const request = {
    operation: "embeddings",
    embedding: { model: "m", inputs: [[1, 2, 3]], encoding: "float" },
  } as const;
  const price = wholePrice({ input: 1_000_000n, output: 1_000_000n });
  expect(mostNanos({ request, body: body(40) }, model, price)).toBe(40n);
});

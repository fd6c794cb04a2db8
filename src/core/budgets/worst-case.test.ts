import { expect, test } from "bun:test";
import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { Feature } from "#core/chat/feature.ts";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { ChatRequest, MediaPart } from "#core/chat/request.ts";
import { wholePrice } from "#core/ledger/money.ts";
import { type ModelBounds, mostInputTokens, mostNanos, mostOutputTokens } from "#core/budgets/worst-case.ts";

const model: ModelBounds = { model: "m" };
const body = (length: number) => ({ bytes: new Uint8Array(length), value: {}, spans: new Map() });
const chat = (changes: Partial<ChatRequest> = {}): CanonicalRequest => ({
  operation: "chat",
  chat: plainChat({ messages: [{ role: "user", parts: [{ type: "text", text: "x".repeat(360) }] }], ...changes }),
});
const asking = (...features: Feature[]) => chat({ asked: new Map(features.map((feature) => [feature, feature])) });

test("text is no more tokens than its bytes, nor than 1.15 times the estimate and 64", () => {
  expect(mostInputTokens({ request: chat(), body: body(600) }, model)).toBe(179);
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
  const foreign = chat({ messages: [{ role: "user", parts: [{ type: "foreign", path: "", required: true }] }] });
  expect(mostInputTokens({ request: foreign, body: body(10) }, { model: "m", contextWindow: 4_000 })).toBe(4_000);
});

test("what the estimate does not see is counted by its bytes: fields of a vendor, scripts that hide from a sample", () => {
  expect(mostInputTokens({ request: chat(), body: body(36_000) }, model)).toBe(10_000);
  // Every character that the sample looks at is a Latin one.
  const hidden = Array.from({ length: 32 }, () => `a${"語".repeat(99)}`).join("");
  const request = chat({ messages: [{ role: "user", parts: [{ type: "text", text: hidden }] }] });
  expect(mostInputTokens({ request, body: body(9_600) }, model)).toBe(Math.ceil(9_600 / 3.6));
});

test("thinking that this gateway puts back counts, though the body does not hold it", () => {
  const thinking = { type: "reasoning", text: "x".repeat(3_600) } as const;
  const signed = { ...thinking, text: "", token: { kind: "encrypted", data: "y".repeat(3_600) } } as const;
  for (const part of [thinking, signed]) {
    const request = chat({ messages: [{ role: "assistant", parts: [part] }] });
    expect(mostInputTokens({ request, body: body(100) }, model)).toBeGreaterThanOrEqual(1_000);
  }
});

test("a window that is smaller than what is sent is wrong, and bounds nothing", () => {
  const long = chat({ messages: [{ role: "user", parts: [{ type: "text", text: "x".repeat(36_000) }] }] });
  const bounds = { model: "m", contextWindow: 4_000 };
  expect(mostInputTokens({ request: long, body: body(40_000) }, bounds)).toBe(10_000);
});

test("a film, a document, and sound behind an address fill the window; sound that is sent is as long as its bytes allow", () => {
  const bounds = { model: "m", contextWindow: 500_000 };
  const most = (kind: MediaPart["kind"], source: MediaPart["source"], length = 100) => {
    const part: MediaPart = { type: "media", kind, source, path: "" };
    return mostInputTokens(
      { request: chat({ messages: [{ role: "user", parts: [part] }] }), body: body(length) },
      bounds,
    );
  };
  const url = { type: "url", url: "https://x" } as const;
  for (const kind of ["video", "file", "audio"] as const) expect(most(kind, url)).toBe(500_000);
  const sound = { type: "data", mimeType: "audio/ogg", base64: "A".repeat(64_000) } as const;
  // 48,000 bytes, 16 of them a token at 4 kbit/s.
  expect(most("audio", sound, 64_100)).toBe(1_214 + 3_000);
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
  expect(most(600)).toBe(10n * 179n + 10n * 100n + 7n);
  const dearBelow = wholePrice({
    input: 10_000_000n,
    cached: 11_000_000n,
    output: 0n,
    steps: [{ aboveInputTokens: 150, input: 1_000_000n, output: 0n }],
  });
  expect(mostNanos({ request: chat(), body: body(600) }, model, dearBelow)).toBe(11n * 150n);
  const dearLong = wholePrice({ input: 1_000_000n, cacheWrite: 2_000_000n, cacheWriteLong: 5_000_000n, output: 0n });
  expect(mostNanos({ request: chat(), body: body(100) }, model, dearLong)).toBe(5n * 100n);
  const spoken = chat({ maxOutputTokens: 100, asked: new Map([["audio_output", "modalities"]]) });
  expect(most(100, spoken)).toBe(2n * 100n + 9n * 100n + 7n);
});

test("what the caller predicts is paid for as output where it is wrong", () => {
  const price = wholePrice({ input: 0n, output: 1_000_000n });
  const request = chat({ maxOutputTokens: 100, asked: new Map([["prediction", "prediction"]]) });
  expect(mostNanos({ request, body: body(100) }, model, price)).toBe(200n);
});

test("each text to be embedded may fill the window, so that the window bounds no call for vectors", () => {
  const inputs = Array.from({ length: 100 }, () => Array.from({ length: 5_000 }, () => 7));
  const request = { operation: "embeddings", embedding: { model: "m", inputs, encoding: "float" } } as const;
  const bounds = { model: "m", contextWindow: 8_192 };
  expect(mostInputTokens({ request, body: body(1_000_000) }, bounds)).toBeGreaterThanOrEqual(500_000);
});

test("vectors have no output", () => {
  const request = {
    operation: "embeddings",
    embedding: { model: "m", inputs: [[1, 2, 3]], encoding: "float" },
  } as const;
  const price = wholePrice({ input: 1_000_000n, output: 1_000_000n });
  expect(mostNanos({ request, body: body(40) }, model, price)).toBe(40n);
});

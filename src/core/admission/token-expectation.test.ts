import { describe, expect, test } from "bun:test";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { ChatRequest } from "#core/chat/request.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import type { RequestId, TenantId } from "#core/effects/ids.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { CallTokens } from "#core/scheduler/offer.ts";
import { TokenExpectation } from "#core/admission/token-expectation.ts";
import { localPrincipal } from "#core/identity/principal.ts";
import { freeHold } from "#core/limits/no-limits.ts";

const words = (count: number): string => "word ".repeat(count);

function chatCall(more: Partial<ChatRequest> = {}, text = words(720), tenant = "t"): ModelCall {
  const chat = plainChat({ messages: [{ role: "user", parts: [{ type: "text", text }] }], ...more });
  return {
    requestId: "r" as RequestId,
    principal: { ...localPrincipal, tenantId: tenant as TenantId },
    protocol: "openai-chat",
    body: { bytes: new Uint8Array(), value: {}, spans: new Map() },
    address: {},
    request: { operation: "chat", chat },
    strict: false,
    headers: {},
    receivedAt: 0,
    limits: freeHold,
    signal: new AbortController().signal,
  };
}

/** Learns what a call took, against what is foreseen for it now. */
function learned(expectation: TokenExpectation, call: ModelCall, actual: CallTokens): void {
  expectation.learn(call, expectation.of(call), actual);
}

const counted = (inputTokens: number, outputTokens: number, cachedTokens = 0) => ({
  inputTokens,
  outputTokens,
  cachedTokens,
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Log-normal around `middle`: the sum of twelve uniforms is as good as normal. */
function spread(random: SequenceRandom, middle: number, sigma: number): number {
  let sum = -6;
  for (let draw = 0; draw < 12; draw += 1) sum += random.uniform();
  return Math.max(1, Math.round(middle * Math.exp(sigma * sum)));
}

describe("what a call is expected to take", () => {
  test("is its text's estimate and 512 tokens of output, less where the caller allows less, while nothing is known", () => {
    const expectation = new TokenExpectation();
    expect(expectation.of(chatCall())).toMatchObject(counted(1_000, 512));
    expect(expectation.of(chatCall({ maxOutputTokens: 100 }))).toMatchObject(counted(1_000, 100));
    expect(expectation.of(chatCall({ maxOutputTokens: 4_000 }))).toMatchObject(counted(1_000, 512));
    expect(expectation.of(chatCall({ choices: 3, maxOutputTokens: 100 }))).toMatchObject(counted(1_000, 300));
    expect(expectation.of(chatCall({ messages: [] }))).toMatchObject(counted(1, 512));
  });

  test("is input alone for embeddings and counts, whatever chats of the model were like", () => {
    const expectation = new TokenExpectation();
    for (let sample = 0; sample < 10; sample += 1) learned(expectation, chatCall(), counted(1_000, 300));
    const embedding = { model: "m", inputs: ["x".repeat(36)], encoding: "float" } as const;
    expect(expectation.of({ ...chatCall(), request: { operation: "embeddings", embedding } })).toMatchObject(
      counted(10, 0),
    );
    expect(expectation.of({ ...chatCall(), request: { operation: "count", chat: plainChat() } }).outputTokens).toBe(0);
  });

  test("follows the provider's own counting of a model, and no further than four times", () => {
    const expectation = new TokenExpectation();
    for (let sample = 0; sample < 20; sample += 1) learned(expectation, chatCall(), counted(1_500, 10));
    expect(expectation.of(chatCall()).inputTokens).toBe(1_500);
    expect(expectation.of(chatCall({ model: "other" })).inputTokens).toBe(1_000);
    for (let sample = 0; sample < 500; sample += 1) learned(expectation, chatCall(), counted(1e9, 10));
    expect(expectation.of(chatCall()).inputTokens).toBeGreaterThan(3_900);
    expect(expectation.of(chatCall()).inputTokens).toBeLessThanOrEqual(4_000);
    for (let sample = 0; sample < 900; sample += 1) learned(expectation, chatCall(), counted(1, 10));
    expect(expectation.of(chatCall()).inputTokens).toBeWithin(250, 260);
  });

  test("is the output that three of four answers stay within, by tenant, model and what the caller allows", () => {
    const expectation = new TokenExpectation();
    const learn = (more: Partial<ChatRequest>, tenant: string, outputs: readonly number[]): void => {
      for (const output of outputs) learned(expectation, chatCall(more, words(10), tenant), counted(10, output));
    };
    const outputOf = (more: Partial<ChatRequest>, tenant: string): number =>
      expectation.of(chatCall(more, words(10), tenant)).outputTokens;
    learn({}, "a", [100, 200, 300, 400, 900, 900, 1_000, 1_000]);
    learn({}, "b", [20, 20, 20, 20, 20]);
    learn({ maxOutputTokens: 4_000 }, "a", [3_000, 3_000, 3_000, 3_000, 3_000]);
    expect(outputOf({}, "a")).toBeWithin(830, 1_020);
    expect(outputOf({}, "b")).toBeWithin(18, 22);
    expect(outputOf({ maxOutputTokens: 4_000 }, "a")).toBeWithin(2_600, 3_400);
    expect(outputOf({ maxOutputTokens: 2_100 }, "a")).toBe(2_100);
    expect(outputOf({ choices: 2 }, "b")).toBeWithin(36, 44);
    expect(outputOf({}, "c")).toBe(512);
  });

  test("counts as cached what was so far, by tenant and model", () => {
    const expectation = new TokenExpectation();
    for (let sample = 0; sample < 10; sample += 1)
      learned(expectation, chatCall({}, words(720), "a"), counted(1_000, 9, 750));
    expect(expectation.of(chatCall({}, words(720), "a")).cachedTokens).toBe(750);
    expect(expectation.of(chatCall({}, words(720), "b")).cachedTokens).toBe(0);
  });

  test("is nothing of a capacity to have tokens counted, however long the prompt, which teaches nothing", () => {
    const expectation = new TokenExpectation();
    const chat = plainChat({ messages: [{ role: "user", parts: [{ type: "text", text: words(50_000) }] }] });
    const asked: ModelCall = { ...chatCall(), request: { operation: "count", chat } };
    expect(expectation.of(asked)).toMatchObject(counted(1, 0));
    learned(expectation, asked, counted(200_000, 0));
    expect(expectation.of(chatCall())).toMatchObject(counted(1_000, 512));
  });

  test("is measured by what was foreseen, whatever was learned until the end", () => {
    const meter = new RecordingMeter();
    const expectation = new TokenExpectation(meter);
    const foreseen = expectation.of(chatCall());
    for (let sample = 0; sample < 20; sample += 1) learned(expectation, chatCall(), counted(3_000, 9));
    expectation.learn(chatCall(), foreseen, counted(1_000, 512));
    expect(meter.observations("tokligence_scheduling_estimate_ratio", "m").at(-1)).toBe(1);
  });
});

test.each([
  ["chat", 1_000, 300, 0.5, 1.6],
  ["an agent with much context", 20_000, 400, 1, 0.7],
  ["summaries", 4_000, 500, 0.6, 2.5],
  ["classification", 400, 4, 0.3, 1.2],
  ["answers of steady length", 100, 800, 0.25, 1],
])("after 50 requests of one class the middle one takes 0.8 to 1.25 of what was expected: %s", (...task) => {
  const [, inputWords, output, sigma, providerRatio] = task;
  const meter = new RecordingMeter();
  const expectation = new TokenExpectation(meter);
  const random = new SequenceRandom(7);
  for (let sample = 0; sample < 250; sample += 1) {
    const call = chatCall({}, words(spread(random, inputWords, 0.4)));
    const input = Math.round(
      ((words(1).length * textWords(call)) / 3.6) * providerRatio * (0.9 + 0.2 * random.uniform()),
    );
    learned(expectation, call, counted(input, spread(random, output, sigma)));
  }
  const ratios = meter.observations("tokligence_scheduling_estimate_ratio", "m").slice(50);
  expect(median(ratios)).toBeGreaterThanOrEqual(0.8);
  expect(median(ratios)).toBeLessThanOrEqual(1.25);
});

function textWords({ request }: ModelCall): number {
  const part = request.operation === "chat" ? request.chat.messages[0]?.parts[0] : undefined;
  return part?.type === "text" ? part.text.length / words(1).length : 0;
}

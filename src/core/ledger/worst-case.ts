import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { Feature } from "#core/chat/feature.ts";
import type { ChatRequest, MediaPart, Part } from "#core/chat/request.ts";
import { estimatedInputTokens } from "#core/chat/token-estimate.ts";
import type { Usage } from "#core/chat/usage.ts";
import { costNanos, type Price } from "#core/ledger/money.ts";
import type { ModelCall } from "#core/model-call.ts";

/** What of a call decides the most that it can take. */
export type BoundedCall = Pick<ModelCall, "request" | "body">;

/** What of a model bounds a call. */
export type ModelBounds = Pick<ModelFacts, "model" | "contextWindow" | "maxOutputTokens">;

/** Longest answer of a model of which nobody knows how long its answers may be, where the caller named no limit. */
export const usualOutputLimit = 8_192;

/** OpenAI's Responses take no limit below this; translation raises one to it. */
const leastOutputLimit = 16;

/** Words that providers put before a prompt themselves: around messages, and to explain tools (Anthropic's up to 804 tokens). */
const hiddenTokens = { call: 64, tools: 804 };

/**
 * Most tokens of a medium, which neither its bytes nor its address tell: a picture at 10,000 patches, an hour of sound at 32 a
 * second, an hour of film, a hundred pages of a document. `gpt-4o-mini` counts pictures by its own, much higher scale.
 */
const mostTokensOfMedia: Readonly<Record<MediaPart["kind"], number>> = {
  image: 10_000,
  audio: 115_200,
  video: 1_000_000,
  file: 300_000,
};
const finelyCountedModel = /^gpt-4o-mini/;
const mostTokensOfFinePicture = 50_000;

/** What brings in text that the request does not hold: then only the model's window bounds it. */
const broughtIn: readonly Feature[] = [
  "previous_response",
  "conversation",
  "prompt_template",
  "container",
  "cached_content",
  "file_id",
  "web_search",
  "hosted_tools",
  "mcp_servers",
];
/** A window of which nobody knows how large it is. */
const usualWindow = 1_000_000;

/** The limit to be put on the answers of a model where the caller named none: the model's own maximum, else `usualOutputLimit`. */
export function imposedOutputLimit({ maxOutputTokens }: ModelBounds): number {
  return maxOutputTokens ?? usualOutputLimit;
}

/** The most that a call can cost at a model of this price, nano-dollars: every token at the dearest price of its side. */
export function mostNanos(call: BoundedCall, model: ModelBounds, price: Price): bigint {
  const inputTokens = mostInputTokens(call, model);
  const outputTokens = mostOutputTokens(call.request, model);
  let most = 0n;
  for (const input of inputKinds(call.request, inputTokens)) {
    for (const output of outputKinds(call.request, outputTokens)) {
      const nanos = costNanos({ inputTokens, outputTokens, ...input, ...output }, price) ?? 0n;
      if (nanos > most) most = nanos;
    }
  }
  return most;
}

/**
 * The most tokens that the input of a call can be: of its text, no more than its bytes or 1.15 times the estimate and 64; of media
 * what `mostTokensOfMedia` says; never more than the model's window.
 */
export function mostInputTokens({ request, body }: BoundedCall, model: ModelBounds): number {
  const window = model.contextWindow ?? Number.POSITIVE_INFINITY;
  const estimated = Math.ceil(estimatedInputTokens(request) * 1.15) + hiddenTokens.call;
  if (request.operation !== "chat") return Math.min(estimated, body.bytes.length, window);
  const { chat } = request;
  if (broughtIn.some((feature) => chat.asked.has(feature))) return model.contextWindow ?? usualWindow;
  const text = Math.min(estimated, body.bytes.length) + (chat.tools.length === 0 ? 0 : hiddenTokens.tools);
  return Math.min(text + mediaTokens(chat, model), window);
}

/** The most tokens that all answers to a call can have together, thinking included. */
export function mostOutputTokens(request: CanonicalRequest, model: ModelBounds): number {
  if (request.operation !== "chat") return 0;
  const { choices, maxOutputTokens } = request.chat;
  const limit = maxOutputTokens === undefined ? imposedOutputLimit(model) : Math.max(maxOutputTokens, leastOutputLimit);
  return limit * Math.max(1, choices);
}

function mediaTokens(chat: ChatRequest, { model }: ModelBounds): number {
  let tokens = 0;
  for (const { kind } of mediaOf(chat)) {
    const isFine = kind === "image" && finelyCountedModel.test(model);
    tokens += isFine ? mostTokensOfFinePicture : mostTokensOfMedia[kind];
  }
  return tokens;
}

function mediaOf({ messages }: ChatRequest): readonly MediaPart[] {
  const inner = (part: Part): readonly Part[] => (part.type === "tool-result" ? part.parts : [part]);
  return messages.flatMap(({ parts }) => parts.flatMap(inner).filter((part) => part.type === "media"));
}

/** All of the input as each kind that it can be: plain, written to the cache, what media are made of. */
function inputKinds(request: CanonicalRequest, tokens: number): readonly Usage[] {
  if (request.operation !== "chat") return [{}];
  const media = mediaOf(request.chat);
  return [
    {},
    { cacheWriteTokens: tokens },
    ...(media.some(({ kind }) => kind === "audio" || kind === "video") ? [{ audioInputTokens: tokens }] : []),
    ...(media.length > 0 ? [{ imageInputTokens: tokens }] : []),
  ];
}

/** All of the output as each kind that it can be: plain, thinking, sound where that is asked for. */
function outputKinds(request: CanonicalRequest, tokens: number): readonly Usage[] {
  if (request.operation !== "chat") return [{}];
  const speaks = request.chat.asked.has("audio_output");
  return [{}, { reasoningTokens: tokens }, ...(speaks ? [{ audioOutputTokens: tokens }] : [])];
}

import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { Feature } from "#core/chat/feature.ts";
import type { ChatRequest, MediaPart, Part } from "#core/chat/request.ts";
import { charactersPerToken, estimatedInputTokens } from "#core/chat/token-estimate.ts";
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

/** Most tokens of a picture, at 10,000 patches. `gpt-4o-mini` counts pictures by its own, much higher scale. */
const mostTokensOfPicture = 10_000;
const finelyCountedModel = /^gpt-4o-mini/;
const mostTokensOfFinePicture = 50_000;
/** Base64 characters of sound for each token, at the least: 32 tokens a second, 4 kbit/s. */
const soundPerToken = 64 / 3;

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

/**
 * The most that a call can cost at a model of this price, nano-dollars: every token at the dearest price of its side, in the
 * dearest of the steps that the input may fall into.
 */
export function mostNanos(call: BoundedCall, model: ModelBounds, price: Price): bigint {
  const mostInput = mostInputTokens(call, model);
  const outputTokens = mostOutputTokens(call.request, model) + (predicts(call.request) ? mostInput : 0);
  const below = price.steps.map(({ aboveInputTokens }) => aboveInputTokens).filter((tokens) => tokens < mostInput);
  const inputs = inputKinds(call.request);
  const outputs = outputKinds(call.request);
  let most = 0n;
  for (const inputTokens of [mostInput, ...below]) {
    for (const input of inputs) {
      for (const output of outputs) {
        const usage = { inputTokens, outputTokens, ...input(inputTokens), ...output(outputTokens) };
        const nanos = costNanos(usage, price) ?? 0n;
        if (nanos > most) most = nanos;
      }
    }
  }
  return most;
}

/** What the caller predicts of the answer is paid for as output where it is wrong. */
function predicts(request: CanonicalRequest): boolean {
  return request.operation === "chat" && request.chat.asked.has("prediction");
}

/**
 * The most tokens that the input of a call can be. Of its text no more than its bytes or 1.15 times the estimate and 64, but no
 * less than its bytes make on average, whatever the estimate has not seen. Of media what they may be: pictures by their
 * scale, sound by its bytes, all else the model's window. Never more than the window, unless the estimate says that it is wrong.
 */
export function mostInputTokens({ request, body }: BoundedCall, model: ModelBounds): number {
  const estimate = estimatedInputTokens(request);
  const most = Math.ceil(estimate * 1.15) + hiddenTokens.call;
  // Each of the texts may fill the window of a model that makes vectors.
  if (request.operation !== "chat")
    return Math.min(Math.max(most, averageTokens(body.bytes.length)), body.bytes.length);
  const { chat } = request;
  const window = model.contextWindow ?? Number.POSITIVE_INFINITY;
  if (bringsIn(chat)) return Math.max(model.contextWindow ?? usualWindow, estimate);
  const { thoughtCharacters, mediaCharacters, mediaTokens } = measured(chat, model);
  const written = averageTokens(body.bytes.length - mediaCharacters + thoughtCharacters);
  // Thoughts may have been put back by this gateway, so that the body does not hold them.
  const bytes = thoughtCharacters === 0 ? body.bytes.length : Number.POSITIVE_INFINITY;
  const text = Math.min(Math.max(most, written), bytes) + (chat.tools.length === 0 ? 0 : hiddenTokens.tools);
  return Math.min(text + mediaTokens, Math.max(window, estimate));
}

function averageTokens(bytes: number): number {
  return Math.ceil(Math.max(0, bytes) / charactersPerToken);
}

/** The most tokens that all answers to a call can have together, thinking included. */
export function mostOutputTokens(request: CanonicalRequest, model: ModelBounds): number {
  if (request.operation !== "chat") return 0;
  const { choices, maxOutputTokens } = request.chat;
  const limit = maxOutputTokens === undefined ? imposedOutputLimit(model) : Math.max(maxOutputTokens, leastOutputLimit);
  return limit * Math.max(1, choices);
}

/** Whether it names text that it does not hold, or holds what nobody here can read. */
function bringsIn(chat: ChatRequest): boolean {
  return (
    broughtIn.some((feature) => chat.asked.has(feature)) ||
    chat.messages.some(({ parts }) => parts.some(({ type }) => type === "foreign")) ||
    mediaOf(chat).some(
      ({ kind, source }) => kind === "video" || kind === "file" || (kind === "audio" && source.type !== "data"),
    )
  );
}

function measured(chat: ChatRequest, { model }: ModelBounds) {
  const pictureTokens = finelyCountedModel.test(model) ? mostTokensOfFinePicture : mostTokensOfPicture;
  let [thoughtCharacters, mediaCharacters, mediaTokens] = [0, 0, 0];
  for (const { parts } of chat.messages) {
    for (const part of parts) {
      if (part.type === "reasoning") thoughtCharacters += part.text.length + (part.token?.data.length ?? 0);
    }
  }
  for (const { kind, source } of mediaOf(chat)) {
    const characters = source.type === "data" ? source.base64.length : 0;
    mediaCharacters += characters;
    mediaTokens += kind === "image" ? pictureTokens : Math.ceil(characters / soundPerToken);
  }
  return { thoughtCharacters, mediaCharacters, mediaTokens };
}

function mediaOf({ messages }: ChatRequest): readonly MediaPart[] {
  const inner = (part: Part): readonly Part[] => (part.type === "tool-result" ? part.parts : [part]);
  return messages.flatMap(({ parts }) => parts.flatMap(inner).filter((part) => part.type === "media"));
}

/** So many tokens as one kind of them. */
type Kind = (tokens: number) => Usage;
const plain: Kind = () => ({});

/** The kinds that all of the input can be of: plain, from the cache or written to it, what media are made of. */
function inputKinds(request: CanonicalRequest): readonly Kind[] {
  if (request.operation !== "chat") return [plain];
  const media = mediaOf(request.chat);
  const unknown = bringsIn(request.chat);
  const kinds: Kind[] = [
    plain,
    (cachedTokens) => ({ cachedTokens }),
    (cacheWriteTokens) => ({ cacheWriteTokens }),
    (tokens) => ({ cacheWriteTokens: tokens, cacheWriteLongTokens: tokens }),
  ];
  if (unknown || media.some(({ kind }) => kind === "audio")) kinds.push((audioInputTokens) => ({ audioInputTokens }));
  if (unknown || media.length > 0) kinds.push((imageInputTokens) => ({ imageInputTokens }));
  return kinds;
}

/** The kinds that all of the output can be of: plain, thinking, sound where that is asked for. */
function outputKinds(request: CanonicalRequest): readonly Kind[] {
  if (request.operation !== "chat") return [plain];
  const kinds: Kind[] = [plain, (reasoningTokens) => ({ reasoningTokens })];
  if (request.chat.asked.has("audio_output")) kinds.push((audioOutputTokens) => ({ audioOutputTokens }));
  return kinds;
}

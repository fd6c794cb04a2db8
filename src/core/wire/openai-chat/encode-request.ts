import { effortOfBudget, nearestEffort } from "#core/chat/effort.ts";
import type { Feature } from "#core/chat/feature.ts";
import type { ChatRequest, Effort } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { limitFieldOf } from "#core/wire/dialect.ts";
import { BreakpointWriter } from "#core/wire/openai-chat/breakpoint-writer.ts";
import { encodeMessages } from "#core/wire/openai-chat/encode-messages.ts";
import { encodeTools } from "#core/wire/openai-chat/encode-tools.ts";
import { encodeResponseFormat, formatInWords } from "#core/wire/openai-chat/response-format.ts";
import { chatTraits } from "#core/wire/openai-chat/traits.ts";
import { refuseValue } from "#core/wire/request-fields.ts";
import { saidField } from "#core/wire/said-field.ts";
import { noteUnthinking } from "#core/wire/unthinking-model.ts";

type Fields = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();
const mostStops = 4;
const mostKeyCharacters = 64;
const tiers: ReadonlySet<string> = new Set(["auto", "default", "flex", "scale", "priority", "fast"]);
const usualEfforts: readonly Effort[] = ["low", "medium", "high"];

/**
 * A chat as a Chat Completions request (OpenAI API reference, "Create chat completion"). The messages stand last, so that a
 * longer conversation begins with the bytes of the shorter one. What the server's dialect lacks of values has been taken out
 * before. Throws `unsupported_value` naming the field.
 */
export function encodeChatRequest(chat: ChatRequest, target: EncodeTarget): Uint8Array {
  const breakpoints = new BreakpointWriter(chat, target, true);
  const format = chat.responseFormat;
  const body = {
    model: target.model,
    ...encodeTools(chat, target),
    ...encodeLimit(chat, target),
    ...encodeSampling(chat, target),
    ...encodeEffort(chat, target),
    ...(format === undefined ? {} : { response_format: encodeResponseFormat(format, target) }),
    ...encodeAccounting(chat, target),
    ...encodeStream(chat, target),
    messages: encodeMessages(chat.messages, formatInWords(format, chat.messages, target), target, breakpoints.write),
  };
  return encoder.encode(JSON.stringify(body));
}

function encodeLimit({ maxOutputTokens }: ChatRequest, target: EncodeTarget): Fields {
  const { facts, dialect } = target;
  if (maxOutputTokens === undefined) return {};
  const most = facts.maxOutputTokens ?? maxOutputTokens;
  if (maxOutputTokens > most) target.note("max_output_tokens");
  return { [limitFieldOf(dialect, facts)]: Math.min(maxOutputTokens, most) };
}

function encodeSampling(chat: ChatRequest, target: EncodeTarget): Fields {
  const { facts } = target;
  const { temperature, frequencyPenalty, presencePenalty, logitBias, topLogprobs } = chat;
  const steerable = facts.sampling || !facts.openAiReasoning;
  return {
    ...saidField(target, "temperature", "temperature", temperature, facts.sampling),
    ...saidField(
      target,
      "top_p",
      "top_p",
      chat.topP,
      facts.sampling && (facts.temperatureWithTopP || temperature === undefined),
    ),
    ...saidField(target, "seed", "seed", chat.seed, true),
    ...saidField(target, "frequency_penalty", "frequency_penalty", frequencyPenalty || undefined, steerable),
    ...saidField(target, "presence_penalty", "presence_penalty", presencePenalty || undefined, steerable),
    ...saidField(target, "logit_bias", "logit_bias", logitBias, steerable),
    ...(topLogprobs === undefined ? {} : { logprobs: true, ...(topLogprobs > 0 ? { top_logprobs: topLogprobs } : {}) }),
    ...(chat.choices > 1 ? { n: chat.choices } : {}),
    ...encodeStop(chat, target),
  };
}

function encodeStop({ stop, asked }: ChatRequest, target: EncodeTarget): Fields {
  if (stop.length === 0 || !chatTraits(target).stops) return {};
  if (stop.length > mostStops) {
    throw refuseValue(asked.get("stop") ?? "stop", `holds more than the ${mostStops} texts that are possible`);
  }
  return { stop };
}

/** The level nearest to what was asked, from its name or from a budget of tokens. */
function encodeEffort(chat: ChatRequest, target: EncodeTarget): Fields {
  const { facts, dialect } = target;
  const { reasoning } = chat;
  if (facts.reasoning.by === "none") {
    noteUnthinking(chat, target);
    return {};
  }
  const budget = reasoning?.budgetTokens;
  const wanted = reasoning?.effort ?? (budget === undefined ? undefined : effortOfBudget(budget));
  if (wanted === undefined) return {};
  const feature = reasoning?.effort === undefined ? "reasoning_budget" : "reasoning_effort";
  const control = facts.reasoning;
  const levels = "levels" in control ? control.levels : usualEfforts;
  const level = dialect.reasoningEffort ? nearestEffort(wanted, levels) : undefined;
  // Who wants no thinking of a server that cannot be told is given what there is.
  if (level === undefined && wanted === "none") return {};
  if (level !== wanted) target.note(feature);
  return level === undefined ? {} : { reasoning_effort: level };
}

/** Who asks, on whose account and beside which others. OpenAI's keys have at most 64 characters. */
function encodeAccounting(chat: ChatRequest, target: EncodeTarget): Fields {
  const { asked, serviceTier } = chat;
  const author = target.dialect.developerRole;
  const keep = (feature: Feature, value: string | undefined, fits: boolean): string | undefined => {
    if (value !== undefined && !fits && asked.has(feature)) target.note(feature);
    return fits ? value : undefined;
  };
  const short = (value: string | undefined): boolean => value !== undefined && value.length <= mostKeyCharacters;
  const user = keep("user", chat.user, short(chat.user));
  const tier = keep("service_tier", serviceTier, serviceTier !== undefined && tiers.has(serviceTier));
  // Codex always says both, and servers that do not know them refuse the request; so do OpenAI's models that do not think.
  const verbosity = keep("verbosity", chat.verbosity, author && target.facts.openAiReasoning);
  const cacheKey = keep("prompt_cache_key", chat.promptCacheKey, author && short(chat.promptCacheKey));
  return {
    ...(verbosity === undefined ? {} : { verbosity }),
    ...(tier === undefined ? {} : { service_tier: tier }),
    ...(user === undefined ? {} : { [author ? "safety_identifier" : "user"]: user }),
    ...(cacheKey === undefined ? {} : { prompt_cache_key: cacheKey }),
  };
}

function encodeStream({ stream }: ChatRequest, { dialect }: EncodeTarget): Fields {
  if (!stream) return {};
  return { stream: true, ...(dialect.streamOptions ? { stream_options: { include_usage: true } } : {}) };
}

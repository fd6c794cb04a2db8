import { effortOf } from "#core/chat/effort.ts";
import type { ChatRequest, ReasoningWish } from "#core/chat/request.ts";
import { AskedFeatures } from "#core/wire/asked-features.ts";
import { declaredFields } from "#core/wire/fidelity.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";
import { chatFidelity } from "#core/wire/openai-chat/fidelity.ts";
import { decodeMessages } from "#core/wire/openai-chat/message.ts";
import { decodeResponseFormat } from "#core/wire/openai-chat/response-format.ts";
import { decodeSampling } from "#core/wire/openai-chat/sampling.ts";
import { decodeToolChoice, decodeTools } from "#core/wire/openai-chat/tool.ts";
import { optionalCount, optionalFlag, refuseField, refuseOtherCase, requiredText } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

const known = declaredFields(chatFidelity);
const mostTokens = 2 ** 31;
/** Most answers to one request. */
export const mostChoices = 128;

/**
 * The meaning of a Chat Completions request (OpenAI API reference, "Create chat completion"). Judges only what the
 * gateway itself must understand; everything else is the provider's to judge. Throws `invalid_request`.
 */
export function decodeChatRequest({ value }: JsonBody): ChatRequest {
  const model = requiredText(value, "model");
  const asked = new AskedFeatures();
  const messages = decodeMessages(value["messages"], asked);
  const stream = optionalFlag(value, "stream");
  const tools = decodeTools(value, asked);
  const choices = optionalCount(value, "n", mostChoices) ?? 1;
  if (choices > 1) asked.add("choices", "n");
  const parallel = value["parallel_tool_calls"];
  if (parallel === false) asked.add("parallel_tool_calls", "parallel_tool_calls");
  askPlain(value, asked);
  const request: ChatRequest = {
    model,
    messages,
    tools,
    toolChoice: tools.length === 0 ? { type: "auto" } : decodeToolChoice(value, tools, asked),
    ...(typeof parallel === "boolean" ? { parallelToolCalls: parallel } : {}),
    stream,
    streamUsage: wantsUsage(value["stream_options"]) || !stream,
    ...outputLimit(value, asked),
    stop: decodeStop(value["stop"], asked),
    choices,
    ...decodeSampling(value, asked),
    ...decodeResponseFormat(value["response_format"], asked),
    ...decodeReasoning(value["reasoning_effort"], asked),
    ...decodeTexts(value, asked),
    asked: asked.features,
    unknownFields: asked.unknownFields,
  };
  noteUnknown(value, asked);
  return request;
}

/** Of both names the higher limit counts: servers obey one of them, and not all the same one. */
function outputLimit(value: Fields, asked: AskedFeatures): { maxOutputTokens?: number } {
  const limits = ["max_completion_tokens", "max_tokens"].flatMap((field) => {
    const tokens = optionalCount(value, field, mostTokens);
    if (tokens !== undefined) asked.add("max_output_tokens", field);
    return tokens ?? [];
  });
  return limits.length === 0 ? {} : { maxOutputTokens: Math.max(...limits) };
}

function wantsUsage(options: unknown): boolean {
  if (options === undefined || options === null) return false;
  const fields = recordOf(options);
  if (fields === undefined) throw refuseField("stream_options", "must be an object");
  return optionalFlag(fields, "include_usage", "stream_options.include_usage");
}

function decodeStop(value: unknown, asked: AskedFeatures): readonly string[] {
  if (value === undefined || value === null) return [];
  const stops: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = stops.map((stop) => {
    if (typeof stop !== "string") throw refuseField("stop", "must be a string or a list of strings");
    return stop;
  });
  if (texts.length > 0) asked.add("stop", "stop");
  return texts;
}

function decodeReasoning(value: unknown, asked: AskedFeatures): { reasoning?: ReasoningWish } {
  if (value === undefined || value === null) return {};
  const effort = effortOf(value);
  if (effort === undefined) {
    asked.unknownFields.push("reasoning_effort");
    return {};
  }
  asked.add("reasoning_effort", "reasoning_effort");
  return { reasoning: { effort } };
}

type Texts = Pick<ChatRequest, "verbosity" | "serviceTier" | "user" | "promptCacheKey">;

function decodeTexts(value: Fields, asked: AskedFeatures): Texts {
  const verbosity = textOf(value["verbosity"]);
  const serviceTier = textOf(value["service_tier"]);
  const userField = textOf(value["safety_identifier"]) === undefined ? "user" : "safety_identifier";
  const user = textOf(value[userField]);
  const promptCacheKey = textOf(value["prompt_cache_key"]);
  if (verbosity !== undefined && verbosity !== "medium") asked.add("verbosity", "verbosity");
  if (serviceTier !== undefined && serviceTier !== "auto") asked.add("service_tier", "service_tier");
  if (user !== undefined) asked.add("user", userField);
  if (promptCacheKey !== undefined) asked.add("prompt_cache_key", "prompt_cache_key");
  return {
    ...(verbosity === undefined ? {} : { verbosity }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(user === undefined ? {} : { user }),
    ...(promptCacheKey === undefined ? {} : { promptCacheKey }),
  };
}

/** What is asked for by fields that the canonical request has no value of. */
function askPlain(value: Fields, asked: AskedFeatures): void {
  const modalities = value["modalities"];
  if (Array.isArray(modalities) && modalities.includes("audio")) asked.add("audio_output", "modalities");
  if (Array.isArray(modalities) && modalities.includes("image")) asked.add("image_output", "modalities");
  if (recordOf(value["prediction"]) !== undefined) asked.add("prediction", "prediction");
  if (value["store"] === true) asked.add("store", "store");
  const metadata = recordOf(value["metadata"]);
  if (metadata !== undefined && Object.keys(metadata).length > 0) asked.add("metadata", "metadata");
  if (recordOf(value["moderation"]) !== undefined) asked.add("moderation", "moderation");
  for (const field of ["prompt_cache_options", "prompt_cache_retention"]) {
    if (value[field] !== undefined && value[field] !== null) asked.add("cache_options", field);
  }
}

function noteUnknown(value: Fields, asked: AskedFeatures): void {
  for (const field in value) {
    if (value[field] === null || known.has(field)) continue;
    refuseOtherCase(field, (name) => known.has(name));
    asked.unknownFields.push(field);
  }
}

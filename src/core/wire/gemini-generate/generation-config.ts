import type { Feature } from "#core/chat/feature.ts";
import type { ChatRequest, ReasoningWish, ResponseFormat } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { declaredFields } from "#core/wire/fidelity.ts";
import { geminiFidelity } from "#core/wire/gemini-generate/fidelity.ts";
import type { GeminiFields } from "#core/wire/gemini-generate/fields.ts";
import { detailOfLevel } from "#core/wire/gemini-generate/media.ts";
import { jsonSchemaOf } from "#core/wire/gemini-generate/schema.ts";
import { listOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

/** What a `generationConfig` says, in canonical words. */
export type GenerationConfig = Pick<
  ChatRequest,
  | "maxOutputTokens"
  | "stop"
  | "choices"
  | "temperature"
  | "topP"
  | "topK"
  | "seed"
  | "frequencyPenalty"
  | "presencePenalty"
  | "topLogprobs"
  | "responseFormat"
  | "reasoning"
> & { readonly detail?: ReturnType<typeof detailOfLevel> };

const numbers = [
  ["temperature", "temperature", "temperature"],
  ["topP", "topP", "top_p"],
  ["topK", "topK", "top_k"],
  ["seed", "seed", "seed"],
  ["maxOutputTokens", "maxOutputTokens", "max_output_tokens"],
  ["frequencyPenalty", "frequencyPenalty", "frequency_penalty"],
  ["presencePenalty", "presencePenalty", "presence_penalty"],
] as const satisfies readonly (readonly [string, keyof GenerationConfig, Feature])[];

const known = declaredFields(geminiFidelity, "generationConfig.");
const mostTokens = 2 ** 31;
const mostChoices = 128;

/** Reads `generationConfig`; what is absent stays absent. Throws `invalid_request` naming the field. */
export function decodeGenerationConfig(body: GeminiFields, asked: AskedFeatures): GenerationConfig {
  const config = body.fields("generationConfig");
  if (config === undefined) return { stop: [], choices: 1 };
  asked.unknownFields.push(...config.beside(known));
  const counts: Partial<Record<(typeof numbers)[number][1], number>> = {};
  for (const [name, member, feature] of numbers) {
    const value = config.number(name);
    if (value === undefined) continue;
    if (name === "maxOutputTokens") requireCount(config, name, value, mostTokens);
    counts[member] = value;
    if (value !== 0 || !feature.endsWith("_penalty")) asked.add(feature, config.path(name));
  }
  askForMedia(config, asked);
  const detail = detailOfLevel(config.value("mediaResolution"));
  if (detail !== undefined && detail !== "auto") asked.add("image_detail", config.path("mediaResolution"));
  return {
    ...counts,
    stop: decodeStop(config, asked),
    choices: decodeChoices(config, asked),
    ...decodeLogprobs(config, asked),
    ...decodeFormat(config, asked),
    ...decodeThinking(config, asked),
    ...(detail === undefined ? {} : { detail }),
  };
}

function requireCount(config: GeminiFields, name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw refuseField(config.path(name), `must be an integer from 1 to ${most}`);
}

function decodeStop(config: GeminiFields, asked: AskedFeatures): readonly string[] {
  const stop = config.values("stopSequences").map((text) => {
    if (typeof text !== "string") throw refuseField(config.path("stopSequences"), "must be a list of strings");
    return text;
  });
  if (stop.length > 0) asked.add("stop", config.path("stopSequences"));
  return stop;
}

function decodeChoices(config: GeminiFields, asked: AskedFeatures): number {
  const choices = config.number("candidateCount") ?? 1;
  requireCount(config, "candidateCount", choices, mostChoices);
  if (choices > 1) asked.add("choices", config.path("candidateCount"));
  return choices;
}

function decodeLogprobs(config: GeminiFields, asked: AskedFeatures): Pick<GenerationConfig, "topLogprobs"> {
  if (!config.flag("responseLogprobs")) return {};
  asked.add("logprobs", config.path("responseLogprobs"));
  return { topLogprobs: config.number("logprobs") ?? 0 };
}

function decodeFormat(config: GeminiFields, asked: AskedFeatures): { readonly responseFormat?: ResponseFormat } {
  const mimeType = config.text("responseMimeType")?.toLowerCase();
  if (mimeType !== undefined && mimeType !== "text/plain" && mimeType !== "application/json") {
    // `text/x.enum` and what may come after it: an answer in a form of its own.
    asked.unknownFields.push(config.path("responseMimeType"));
    return {};
  }
  const name = config.value("responseJsonSchema") === undefined ? "responseSchema" : "responseJsonSchema";
  const schema = config.fields(name);
  if (schema !== undefined) {
    asked.add("json_schema", config.path(name));
    return { responseFormat: { type: "json-schema", schema: jsonSchemaOf(schema.record) } };
  }
  if (mimeType !== "application/json") return {};
  asked.add("json_object", config.path("responseMimeType"));
  return { responseFormat: { type: "json" } };
}

function decodeThinking(config: GeminiFields, asked: AskedFeatures): { readonly reasoning?: ReasoningWish } {
  const thinking = config.fields("thinkingConfig");
  if (thinking === undefined) return {};
  const visible = thinking.flag("includeThoughts");
  const budget = thinking.number("thinkingBudget");
  const effort = effortOf(thinking.value("thinkingLevel"));
  if (visible) asked.add("reasoning_visible", thinking.path("includeThoughts"));
  if (effort !== undefined) asked.add("reasoning_effort", thinking.path("thinkingLevel"));
  if (budget !== undefined) asked.add("reasoning_budget", thinking.path("thinkingBudget"));
  return {
    reasoning: {
      ...(effort === undefined ? {} : { effort }),
      ...(budget === undefined || budget < 0 ? {} : { budgetTokens: budget }),
      ...(budget === 0 && effort === undefined ? { effort: "none" } : {}),
      ...(budget !== undefined && budget < 0 ? { adaptive: true } : {}),
      visible,
    },
  };
}

function effortOf(level: unknown): ReasoningWish["effort"] {
  const word = textOf(level)?.toLowerCase();
  return word === "minimal" || word === "low" || word === "medium" || word === "high" ? word : undefined;
}

function askForMedia(config: GeminiFields, asked: AskedFeatures): void {
  const modalities = listOf(config.value("responseModalities")).map((word) => String(word).toUpperCase());
  if (modalities.includes("AUDIO")) asked.add("audio_output", config.path("responseModalities"));
  if (modalities.includes("IMAGE")) asked.add("image_output", config.path("responseModalities"));
  if (config.value("speechConfig") !== undefined) asked.add("audio_output", config.path("speechConfig"));
  if (config.value("imageConfig") !== undefined) asked.add("image_output", config.path("imageConfig"));
}

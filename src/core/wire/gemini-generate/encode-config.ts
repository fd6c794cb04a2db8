import type { Feature } from "#core/chat/feature.ts";
import type { ChatRequest, MediaPart, Message } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { encodeThinking } from "#core/wire/gemini-generate/encode-thinking.ts";
import { jsonInWords } from "#core/wire/json-in-words.ts";

const mostStops = 5;
const mostSeed = 2 ** 31 - 1;

/** The `generationConfig` of a request. Throws `unsupported_value` naming the caller's field. */
export function encodeGenerationConfig(chat: ChatRequest, target: EncodeTarget): Readonly<Record<string, unknown>> {
  if (chat.stop.length > mostStops) throw refusal(chat, "stop", `Gemini takes at most ${mostStops} stop sequences.`);
  return withoutUndefined({
    ...sampling(chat, target),
    candidateCount: chat.choices > 1 ? chat.choices : undefined,
    maxOutputTokens: limit(chat, target),
    stopSequences: chat.stop.length > 0 ? chat.stop : undefined,
    // Many models refuse the very field, and some clients always send a zero.
    presencePenalty: chat.presencePenalty || undefined,
    frequencyPenalty: chat.frequencyPenalty || undefined,
    seed: seed(chat, target),
    responseLogprobs: chat.topLogprobs === undefined ? undefined : true,
    logprobs: chat.topLogprobs === 0 ? undefined : chat.topLogprobs,
    ...format(chat, target),
    mediaResolution: resolution(chat.messages, target),
    thinkingConfig: encodeThinking(chat, target),
  });
}

function sampling({ temperature, topP, topK }: ChatRequest, target: EncodeTarget): Readonly<Record<string, unknown>> {
  if (target.facts.sampling) return { temperature, topP, topK };
  if (temperature !== undefined) target.note("temperature");
  if (topP !== undefined) target.note("top_p");
  if (topK !== undefined) target.note("top_k");
  return {};
}

/** Agents ask for more than a model can say; Gemini refuses that. */
function limit(chat: ChatRequest, target: EncodeTarget): number | undefined {
  const { maxOutputTokens: wanted } = chat;
  const most = target.facts.maxOutputTokens;
  if (wanted === 0) throw refusal(chat, "max_output_tokens", "Gemini gives no answer of no tokens.");
  if (wanted === undefined || most === undefined || wanted <= most) return wanted;
  target.note("max_output_tokens");
  return most;
}

/** Seeds are 32 bits wide. */
function seed({ seed: wanted }: ChatRequest, target: EncodeTarget): number | undefined {
  if (wanted === undefined || (Number.isInteger(wanted) && Math.abs(wanted) <= mostSeed)) return wanted;
  target.note("seed");
  return undefined;
}

/** The form of the answer as words where the model takes none beside tools; undefined otherwise. */
export function formInWords(
  { responseFormat, tools }: ChatRequest,
  { facts }: Pick<EncodeTarget, "facts">,
): string | undefined {
  if (responseFormat === undefined || tools.length === 0 || facts.jsonWithTools) return undefined;
  return jsonInWords(responseFormat);
}

function format(chat: ChatRequest, target: EncodeTarget): Readonly<Record<string, unknown>> {
  const { responseFormat } = chat;
  if (responseFormat === undefined) return {};
  if (formInWords(chat, target) !== undefined) {
    target.note(responseFormat.type === "json" ? "json_object" : "json_schema");
    return {};
  }
  const json = { responseMimeType: "application/json" };
  if (responseFormat.type === "json") return json;
  if (target.facts.jsonSchema) return { ...json, responseJsonSchema: responseFormat.schema };
  target.note("json_schema");
  return json;
}

/** One resolution for all pictures: only what all of them ask for can be said. */
function resolution(messages: readonly Message[], target: EncodeTarget): string | undefined {
  const details = new Set(messages.flatMap(({ parts }) => parts.flatMap(detailsOf)));
  const [only] = details;
  if (only === undefined || (details.size === 1 && only === "auto")) return undefined;
  if (details.size === 1 && only === "low") return "MEDIA_RESOLUTION_LOW";
  if (details.size === 1 && only === "high") return "MEDIA_RESOLUTION_HIGH";
  target.note("image_detail");
  return undefined;
}

function detailsOf(part: Message["parts"][number]): readonly NonNullable<MediaPart["detail"]>[] {
  if (part.type === "tool-result") return part.parts.flatMap(detailsOf);
  return part.type === "media" && part.kind === "image" ? [part.detail ?? "auto"] : [];
}

function refusal(chat: ChatRequest, feature: Feature, rule: string): GatewayError {
  return new GatewayError("unsupported_value", rule, { details: { field: chat.asked.get(feature) ?? feature } });
}

function withoutUndefined(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

import type { ChatRequest } from "#core/chat/request.ts";
import { CacheMarks } from "#core/wire/anthropic-messages/cache-marks.ts";
import { encodeConversation, type Turn } from "#core/wire/anthropic-messages/encode-messages.ts";
import { budgetOf, encodeThinking, type Thinking } from "#core/wire/anthropic-messages/encode-thinking.ts";
import { encodeTools } from "#core/wire/anthropic-messages/encode-tools.ts";
import { strictSchemaOf } from "#core/wire/anthropic-messages/schema.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { jsonInWords } from "#core/wire/json-in-words.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The limit of a model that nobody knows. */
const usualMaxTokens = 8192;
const longestUser = 256;
const encoder = new TextEncoder();

/**
 * A Messages request. The messages stand last, so that a longer conversation begins with the bytes of the shorter one. Throws
 * `unsupported_value` naming the field.
 */
export function encodeMessagesRequest(chat: ChatRequest, target: EncodeTarget): Uint8Array {
  const maxTokens = maxTokensOf(chat, target);
  const { fields, messages, thinking } = encodePrompt(chat, maxTokens, target);
  return encoder.encode(
    JSON.stringify({
      model: target.model,
      max_tokens: maxTokens,
      ...fields,
      ...encodeSampling(chat, thinking, target),
      ...(chat.stop.length === 0 ? {} : encodeStops(chat.stop, target)),
      ...encodeCaller(chat, target),
      ...(chat.stream ? { stream: true } : {}),
      messages,
    }),
  );
}

/** A request to count the tokens of what a Messages request would ask. */
export function encodeCountRequest(chat: ChatRequest, target: EncodeTarget): Uint8Array {
  const { fields, messages } = encodePrompt(chat, maxTokensOf(chat, target), target);
  return encoder.encode(JSON.stringify({ model: target.model, ...fields, messages }));
}

/** Everything that is counted as input. */
function encodePrompt(
  chat: ChatRequest,
  maxTokens: number,
  target: EncodeTarget,
): { readonly fields: Fields; readonly messages: readonly Turn[]; readonly thinking: Thinking } {
  const marks = new CacheMarks(chat);
  if (marks.changed) target.note("cache_marks");
  const { midSystem, prefill } = target.facts;
  const rules = { midSystem, prefill, conversation: target.conversation ?? "messages" };
  const conversation = encodeConversation(chat.messages, rules, { marks, note: (what) => target.note(what) });
  const thinking = encodeThinking(chat, conversation.turns, maxTokens, target);
  const format = encodeFormat(chat, target);
  const config = {
    ...(thinking.effort === undefined ? {} : { effort: thinking.effort }),
    ...(format.format === undefined ? {} : { format: format.format }),
  };
  const system = [
    ...conversation.system,
    ...(format.words === undefined ? [] : [{ type: "text", text: format.words }]),
  ];
  const fields = {
    ...(system.length === 0 ? {} : { system }),
    ...encodeTools(chat, marks, target),
    ...(thinking.thinking === undefined ? {} : { thinking: thinking.thinking }),
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
  };
  return { fields, messages: conversation.turns, thinking };
}

/** Anthropic wants a limit: the caller's, else the model's own, with room for the thinking that was asked for. */
function maxTokensOf(chat: ChatRequest, target: EncodeTarget): number {
  const most = target.facts.maxOutputTokens;
  const asked = chat.maxOutputTokens;
  if (asked === undefined) return most ?? usualMaxTokens + budgetOf(chat, target);
  if (most === undefined || asked <= most) return asked;
  target.note("max_output_tokens");
  return most;
}

function encodeSampling(chat: ChatRequest, thinking: Thinking, target: EncodeTarget): Fields {
  const { temperature, topP, topK } = chat;
  const { sampling, temperatureWithTopP } = target.facts;
  const takes = sampling && !thinking.on;
  const keepTopP = takes && (temperatureWithTopP || temperature === undefined);
  // Beside thinking only 1 is possible, which is what it is without being said.
  const asThinkingHasIt = sampling && thinking.on && temperature === 1;
  if (temperature !== undefined && !asThinkingHasIt && (!takes || temperature > 1)) target.note("temperature");
  if (topP !== undefined && !keepTopP) target.note("top_p");
  if (topK !== undefined && !takes) target.note("top_k");
  return {
    ...(temperature === undefined || !takes ? {} : { temperature: Math.min(1, temperature) }),
    ...(topP === undefined || !keepTopP ? {} : { top_p: topP }),
    ...(topK === undefined || !takes ? {} : { top_k: topK }),
  };
}

/** Blank stop texts are refused. */
function encodeStops(stops: readonly string[], target: EncodeTarget): Fields {
  const said = stops.filter((stop) => stop.trim() !== "");
  if (said.length < stops.length) target.note("stop");
  return said.length === 0 ? {} : { stop_sequences: said };
}

function encodeFormat(
  { responseFormat }: ChatRequest,
  target: EncodeTarget,
): { readonly format?: Fields; readonly words?: string } {
  if (responseFormat === undefined) return {};
  if (responseFormat.type === "json") return { words: jsonInWords(responseFormat) };
  const { schema } = responseFormat;
  if (target.facts.jsonSchema) {
    const strict = strictSchemaOf(schema);
    if (strict.changed) target.note("json_schema");
    return { format: { type: "json_schema", schema: strict.schema } };
  }
  target.note("json_schema");
  return { words: jsonInWords(responseFormat) };
}

function encodeCaller({ user, serviceTier }: ChatRequest, target: EncodeTarget): Fields {
  const tier = serviceTier === "default" ? "standard_only" : serviceTier;
  if (user !== undefined && user.length > longestUser) target.note("user");
  if (tier !== undefined && tier !== "standard_only" && tier !== "auto") target.note("service_tier");
  return {
    ...(user === undefined || user === "" || user.length > longestUser ? {} : { metadata: { user_id: user } }),
    ...(tier === "standard_only" || tier === "auto" ? { service_tier: tier } : {}),
  };
}

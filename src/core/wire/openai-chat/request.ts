import type { ChatRequest } from "#core/chat/request.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { recordOf } from "#core/wire/json-value.ts";
import { decodeMessages } from "#core/wire/openai-chat/message.ts";
import { decodeToolChoice, decodeTools } from "#core/wire/openai-chat/tool.ts";
import { optionalCount, optionalFlag, refuseField, requiredText } from "#core/wire/request-fields.ts";

const mostTokens = 2 ** 31;
const mostChoices = 128;

/**
 * The meaning of a Chat Completions request (OpenAI API reference, "Create chat completion"). Judges only what the
 * gateway itself must understand; everything else is the provider's to judge. Throws `invalid_request`.
 */
export function decodeChatRequest({ value }: JsonBody): ChatRequest {
  const model = requiredText(value, "model");
  const messages = decodeMessages(value["messages"]);
  const stream = optionalFlag(value, "stream");
  const maxOutputTokens =
    optionalCount(value, "max_completion_tokens", mostTokens) ?? optionalCount(value, "max_tokens", mostTokens);
  return {
    model,
    messages,
    tools: decodeTools(value["tools"]),
    toolChoice: decodeToolChoice(value["tool_choice"]),
    stream,
    streamUsage: wantsUsage(value["stream_options"]) || !stream,
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    stop: decodeStop(value["stop"]),
    choices: optionalCount(value, "n", mostChoices) ?? 1,
  };
}

function wantsUsage(options: unknown): boolean {
  if (options === undefined || options === null) return false;
  const fields = recordOf(options);
  if (fields === undefined) throw refuseField("stream_options", "must be an object");
  return optionalFlag(fields, "include_usage", "stream_options.include_usage");
}

function decodeStop(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const stops: readonly unknown[] = Array.isArray(value) ? value : [value];
  return stops.map((stop) => {
    if (typeof stop !== "string") throw refuseField("stop", "must be a string or a list of strings");
    return stop;
  });
}

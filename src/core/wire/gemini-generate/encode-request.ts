import type { ChatRequest, Message } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { encodeGenerationConfig, formInWords } from "#core/wire/gemini-generate/encode-config.ts";
import { encodeContents } from "#core/wire/gemini-generate/encode-contents.ts";
import { encodeToolConfig, encodeTools } from "#core/wire/gemini-generate/encode-tools.ts";

/**
 * The body of a `generateContent` request (Gemini API reference, v1beta) as JSON; the model stands in its address. What never
 * changes in a conversation comes first, the conversation last. Throws `unsupported_value` naming the caller's field.
 */
export function encodeGenerateRequest(chat: ChatRequest, target: EncodeTarget): string {
  const { system, conversation } = split(chat.messages);
  const tools = encodeTools(chat, target);
  const config = encodeGenerationConfig(chat, target);
  const form = formInWords(chat, target);
  const instructions = form === undefined ? system : [...system, form];
  const members: Record<string, unknown> = {
    systemInstruction: instructions.length === 0 ? undefined : { parts: instructions.map((text) => ({ text })) },
    tools: tools.length === 0 ? undefined : tools,
    toolConfig: encodeToolConfig(chat),
    generationConfig: Object.keys(config).length === 0 ? undefined : config,
    serviceTier: encodeTier(chat, target),
  };
  const head = JSON.stringify(members).slice(0, -1);
  return `${head}${head === "{" ? "" : ","}"contents":${encodeContents(conversation, target)}}`;
}

/** What stands before the conversation instructs; Gemini wants something beside it to answer to. */
function split(messages: readonly Message[]): {
  readonly system: readonly string[];
  readonly conversation: readonly Message[];
} {
  const begin = messages.findIndex(({ role }) => role !== "system" && role !== "developer");
  if (begin < 0) return { system: [], conversation: messages };
  const texts = messages.slice(0, begin).flatMap(({ parts }) => parts.filter((part) => part.type === "text"));
  return { system: texts.map(({ text }) => text).filter((text) => text !== ""), conversation: messages.slice(begin) };
}

function encodeTier({ serviceTier }: ChatRequest, target: EncodeTarget): string | undefined {
  switch (serviceTier) {
    case "flex":
    case "priority":
      return serviceTier;
    case "default":
    case "standard":
    case "standard_only":
      return "standard";
    case undefined:
    case "auto":
      return undefined;
    default:
      target.note("service_tier");
      return undefined;
  }
}

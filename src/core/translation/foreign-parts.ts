import type { ChatRequest, ForeignPart, Message, Part } from "#core/chat/request.ts";
import type { Bench } from "#core/translation/judge.ts";
import { cannotCarry } from "#core/translation/notes.ts";
import type { ErrorFamily } from "#core/errors.ts";

/**
 * Leaves out what only the caller's protocol can say and notes the first of each kind. Throws `unsupported_value` for what
 * the conversation makes no sense without.
 */
export function withoutForeignParts(chat: ChatRequest, bench: Bench): ChatRequest {
  if (!chat.messages.some(({ parts }) => parts.some(isForeign))) return chat;
  const foreign = chat.messages.flatMap(({ parts }) => parts.filter(isForeign));
  const kinds = new Set<string>();
  for (const { path, required } of foreign) {
    if (required) throw cannotCarry(path, bench.protocol);
    const kind = /\(.*\)$/.exec(path)?.[0] ?? path;
    if (!kinds.has(kind)) bench.notes.note(path);
    kinds.add(kind);
  }
  return withParts(chat, (part) => (isForeign(part) ? [] : [part]));
}

/** A model's refusal as plain text for providers whose protocol has no part of that kind. */
export function withPlainRefusals(chat: ChatRequest, family: ErrorFamily): ChatRequest {
  if (family === "openai") return chat;
  return withParts(chat, (part) => (part.type === "refusal" ? [{ type: "text", text: part.text }] : [part]));
}

/** The request with each part put through `change`; messages that lose all their parts go. */
export function withParts(chat: ChatRequest, change: (part: Part, message: Message) => readonly Part[]): ChatRequest {
  let messages: Message[] | undefined;
  for (const [index, message] of chat.messages.entries()) {
    const parts = changedParts(message, change);
    if (parts === message.parts) {
      messages?.push(message);
      continue;
    }
    messages ??= chat.messages.slice(0, index);
    if (parts.length > 0) messages.push({ ...message, parts });
  }
  return messages === undefined ? chat : { ...chat, messages };
}

/** The parts put through `change`: the same array when all stay as they are, which is the rule in a long conversation. */
function changedParts(message: Message, change: (part: Part, message: Message) => readonly Part[]): readonly Part[] {
  let parts: Part[] | undefined;
  for (const [index, part] of message.parts.entries()) {
    const said = change(part, message);
    if (parts === undefined && said.length === 1 && said[0] === part) continue;
    parts ??= message.parts.slice(0, index);
    parts.push(...said);
  }
  return parts ?? message.parts;
}

function isForeign(part: Part): part is ForeignPart {
  return part.type === "foreign";
}

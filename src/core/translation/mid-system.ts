import type { ChatRequest, Message, TextPart } from "#core/chat/request.ts";

/**
 * The request with system messages in the middle told by the user instead, marked as reminders and left where they stand:
 * hoisted to the top they would change what the model saw when, and cost the prompt cache of the whole conversation.
 */
export function withFoldedSystem(chat: ChatRequest): ChatRequest {
  const begins = chat.messages.findIndex(({ role }) => !isSystem(role));
  if (begins === -1 || !chat.messages.some(({ role }, index) => index > begins && isSystem(role))) return chat;
  const messages = chat.messages.map((message, index): Message => {
    if (index < begins || !isSystem(message.role)) return message;
    const parts = message.parts.map((part) => (part.type === "text" ? reminder(part) : part));
    return { role: "user", parts };
  });
  return { ...chat, messages };
}

function isSystem(role: Message["role"]): boolean {
  return role === "system" || role === "developer";
}

function reminder(part: TextPart): TextPart {
  if (part.text.startsWith("<system-reminder>")) return part;
  return { ...part, text: `<system-reminder>\n${part.text}\n</system-reminder>` };
}

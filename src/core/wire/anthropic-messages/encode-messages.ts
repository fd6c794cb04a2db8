import type { Message } from "#core/chat/request.ts";
import { type Block, encodePart, type PartContext } from "#core/wire/anthropic-messages/encode-part.ts";
import { refuseValue } from "#core/wire/request-fields.ts";

/** A turn as Anthropic takes it. */
export interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly content: readonly Block[];
}

/** A conversation in Anthropic's form. */
export interface Conversation {
  readonly system: readonly Block[];
  readonly turns: readonly Turn[];
}

/** Which messages a model takes beside those of user and assistant taking turns, and what they are called. */
export interface TurnRules {
  readonly midSystem: boolean;
  readonly prefill: boolean;
  /** What the caller calls the conversation. */
  readonly conversation: string;
}

/**
 * The conversation in turns: leading system messages apart, neighbours of one role in one turn, results of tools first in
 * theirs. Where nobody but the system has spoken, its last message is said by the user. Throws `unsupported_value` when the
 * model would have to continue its own turn and cannot.
 */
export function encodeConversation(messages: readonly Message[], rules: TurnRules, context: PartContext): Conversation {
  const first = messages.findIndex((message) => !isSystem(message));
  const alone = first < 0;
  const lead = alone ? Math.max(0, messages.length - 1) : first;
  const system = messages.slice(0, lead).flatMap(({ parts }) => parts.flatMap((part) => encodePart(part, context)));
  const turns: { role: Turn["role"]; content: Block[] }[] = [];
  for (const message of messages.slice(lead)) {
    const last = turns.at(-1);
    const role = alone ? "user" : roleOf(message, last?.role, rules);
    const content = encodeTurn(message, role, alone, context);
    if (content.length === 0) continue;
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  const ordered = turns.map(({ role, content }) => ({ role, content: inOrder(role, content) }));
  return { system, turns: endTurns(ordered, rules) };
}

function isSystem({ role }: Message): boolean {
  return role === "system" || role === "developer";
}

/** A system message of its own must follow a turn of the user; elsewhere the user says it. */
function roleOf(message: Message, last: Turn["role"] | undefined, { midSystem }: TurnRules): Turn["role"] {
  if (message.role === "assistant") return "assistant";
  return isSystem(message) && midSystem && (last === "user" || last === "system") ? "system" : "user";
}

function encodeTurn(message: Message, role: Turn["role"], alone: boolean, context: PartContext): Block[] {
  const blocks = message.parts.flatMap((part) => encodePart(part, context));
  if (role !== "user" || alone) return blocks;
  if (isSystem(message)) return blocks.map((block) => changeText(block, reminder));
  if (message.name === undefined) return blocks;
  // Who speaks can only be said in the text.
  const spoken = blocks.findIndex((block) => block["type"] === "text");
  return blocks.map((block, index) =>
    index === spoken ? changeText(block, (text) => `${message.name}: ${text}`) : block,
  );
}

function reminder(text: string): string {
  return text.startsWith("<system-reminder>") ? text : `<system-reminder>\n${text}\n</system-reminder>`;
}

function changeText(block: Block, change: (text: string) => string): Block {
  return typeof block["text"] === "string" ? { ...block, text: change(block["text"]) } : block;
}

/** Results of tools come first in a turn of the user, thinking first in one of the assistant that does not begin with it. */
function inOrder(role: Turn["role"], content: readonly Block[]): readonly Block[] {
  if (role === "system") return content;
  const comesFirst = role === "user" ? isResult : isThinking;
  const [first] = content;
  if (role === "assistant" && first !== undefined && isThinking(first)) return content;
  return [...content.filter(comesFirst), ...content.filter((block) => !comesFirst(block))];
}

function isResult(block: Block): boolean {
  return block["type"] === "tool_result";
}

/** Whether a block is thinking, hidden or not. */
export function isThinking(block: Block): boolean {
  return block["type"] === "thinking" || block["type"] === "redacted_thinking";
}

function endTurns(turns: readonly Turn[], { prefill, conversation }: TurnRules): readonly Turn[] {
  const last = turns.at(-1);
  if (last?.role !== "assistant") return turns;
  if (!prefill) {
    const why = "ends with the assistant, and this model does not continue an answer that was begun for it";
    throw refuseValue(conversation, why);
  }
  const trimmed = last.content.slice(-1).map((block) => changeText(block, (text) => text.trimEnd()));
  return [...turns.slice(0, -1), { role: last.role, content: [...last.content.slice(0, -1), ...trimmed] }];
}

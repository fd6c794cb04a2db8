import type { ChatRequest, Message, Part, ToolCallPart, ToolResultPart } from "#core/chat/request.ts";
import { type Pairing, pairResults } from "#core/translation/paired-results.ts";

/** What is done about calls that nobody answered. */
export interface MissingResults {
  /** Whether a result is made up for them. */
  readonly insert: boolean;
  /** Called when one was. */
  readonly inserted: () => void;
}

/**
 * The request with the results of each turn in one message right behind its calls and in their order, each once and none
 * without a call, and with messages of the assistant merged where nothing separates them.
 */
export function withAnsweredCalls(chat: ChatRequest, missing: MissingResults): ChatRequest {
  if (!chat.messages.some(({ role }) => role === "assistant" || role === "tool")) return chat;
  const pairing = pairResults(chat);
  const messages = mergedNeighbours(pairing).flatMap((message) => {
    const calls = message.parts.filter(isCall);
    const parts = calls.flatMap((call) => pairing.results.get(call) ?? (missing.insert ? [madeUp(call)] : []));
    if (missing.insert && calls.some((call) => !pairing.results.has(call))) missing.inserted();
    return parts.length === 0 ? [message] : [message, { role: "tool" as const, parts }];
  });
  return { ...chat, messages };
}

function mergedNeighbours({ messages, answeredBefore }: Pairing): readonly Message[] {
  const merged: Message[] = [];
  let turn: Message[] = [];
  let begins = 0;
  for (const [index, message] of messages.entries()) {
    const isAnswered = (answeredBefore.get(index) ?? -1) >= begins;
    if (turn.length > 0 && (message.role !== "assistant" || isAnswered)) {
      merged.push(joined(turn));
      turn = [];
    }
    if (message.role !== "assistant") {
      merged.push(message);
      continue;
    }
    if (turn.length === 0) begins = index;
    turn.push(message);
  }
  if (turn.length > 0) merged.push(joined(turn));
  return merged;
}

/** One message of several in one turn. What was said stands before the calls: results must follow those at once. */
function joined(turn: readonly Message[]): Message {
  const [first] = turn;
  if (first === undefined || turn.length === 1) return first ?? { role: "assistant", parts: [] };
  const said: Part[] = [];
  const called: Part[] = [];
  for (const { parts } of turn) {
    for (const part of parts) {
      if (isCall(part)) {
        if (called.length === 0) moveThoughts(said, called);
        called.push(part);
      } else if (called.length > 0 && part.type === "reasoning") {
        called.push(part);
      } else {
        said.push(part);
      }
    }
  }
  return { ...first, parts: [...said, ...called] };
}

/** Thoughts right before the first call belong to it. */
function moveThoughts(said: Part[], called: Part[]): void {
  let from = said.length;
  while (said[from - 1]?.type === "reasoning") from -= 1;
  for (const thought of said.splice(from)) called.push(thought);
}

function madeUp({ id, name }: ToolCallPart): ToolResultPart {
  const parts = [{ type: "text" as const, text: "(no result: interrupted)" }];
  return { type: "tool-result", callId: id, name, parts, isError: true };
}

function isCall(part: Part): part is ToolCallPart {
  return part.type === "tool-call";
}

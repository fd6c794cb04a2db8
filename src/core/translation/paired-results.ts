import type { ChatRequest, Message, Part, ToolCallPart, ToolResultPart } from "#core/chat/request.ts";
import { stableCallId } from "#core/wire/stable-hash.ts";

/** Calls and results of a conversation brought together. */
export interface Pairing {
  /** The messages without results; calls that reuse an id of an earlier one have got one of their own. */
  readonly messages: readonly Message[];
  /** By position in `messages` before which results stood: the position of the last message that they answer. */
  readonly answeredBefore: ReadonlyMap<number, number>;
  /** The first result of each call, under the call's id and name. */
  readonly results: ReadonlyMap<ToolCallPart, ToolResultPart>;
}

interface SameId {
  /** Position of the last message that calls under this id; an earlier one's calls are done with. */
  position: number;
  /** Its calls under this id, the first of them answered. */
  calls: ToolCallPart[];
  answered: number;
  /** How many calls had this id so far. */
  seen: number;
}

/**
 * Finds the call of each result. A second result of the same call is dropped, as some clients repeat them; one without any
 * call is told by the user.
 */
export function pairResults(chat: ChatRequest): Pairing {
  const byId = new Map<string, SameId>();
  const results = new Map<ToolCallPart, ToolResultPart>();
  const messages: Message[] = [];
  const answeredBefore = new Map<number, number>();
  for (const message of chat.messages) {
    const parts: Part[] = [];
    for (const part of message.parts) {
      if (part.type === "tool-call") {
        parts.push(registered(part, messages.length, byId));
      } else if (part.type === "tool-result") {
        const same = byId.get(part.callId);
        if (same === undefined) parts.push(...orphan(part));
        const call = same?.calls[same.answered];
        if (same === undefined || call === undefined) continue;
        same.answered += 1;
        results.set(call, { ...part, callId: call.id, name: call.name });
        answeredBefore.set(messages.length, Math.max(same.position, answeredBefore.get(messages.length) ?? 0));
      } else {
        parts.push(part);
      }
    }
    if (parts.length === 0 && (message.parts.length > 0 || message.role !== "user")) continue;
    messages.push({ ...message, role: message.role === "tool" ? "user" : message.role, parts });
  }
  return { messages, answeredBefore, results };
}

/** The call, under an id of its own where another had it before: providers refuse an id that stands twice. */
function registered(part: ToolCallPart, position: number, byId: Map<string, SameId>): ToolCallPart {
  const same = byId.get(part.id);
  if (same === undefined) {
    byId.set(part.id, { position, calls: [part], answered: 0, seen: 1 });
    return part;
  }
  const renamed = { ...part, id: stableCallId(`${same.seen}\n${part.id}`) };
  if (same.position !== position) {
    same.calls = [];
    same.answered = 0;
  }
  same.position = position;
  same.calls.push(renamed);
  same.seen += 1;
  return renamed;
}

function orphan(part: ToolResultPart): readonly Part[] {
  const name = part.name === undefined ? part.callId : `${part.name} (${part.callId})`;
  return [{ type: "text", text: `Result of ${name}:` }, ...part.parts];
}

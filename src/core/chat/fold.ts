import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import type { ToolCall } from "#core/chat/request.ts";
import type { Usage } from "#core/chat/usage.ts";

/** One alternative answer, complete. Texts are empty where nothing of the kind was said. */
export interface FoldedChoice {
  readonly choice: number;
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finish?: { readonly reason: FinishReason; readonly raw: string };
}

/** A whole answer. Opaque content is not in it. */
export interface FoldedAnswer {
  readonly id?: string;
  readonly model?: string;
  readonly createdSeconds?: number;
  readonly choices: readonly FoldedChoice[];
  readonly embeddings: readonly { readonly index: number; readonly vector: readonly number[] }[];
  readonly usage?: Usage;
}

interface OpenChoice {
  readonly choice: number;
  text: string;
  reasoning: string;
  refusal: string;
  readonly toolCalls: { id: string; name: string; argumentsText: string }[];
  finish?: { readonly reason: FinishReason; readonly raw: string };
}

/** Folds the events of an answer into the whole. Throws the error of an `error` event; a later usage amends an earlier one. */
export function foldAnswer(events: readonly ChatEvent[]): FoldedAnswer {
  const choices = new Map<number, OpenChoice>();
  const embeddings: { index: number; vector: readonly number[] }[] = [];
  let start: Extract<ChatEvent, { type: "start" }> | undefined;
  let usage: Usage | undefined;
  const open = (choice: number): OpenChoice => {
    const known = choices.get(choice) ?? { choice, text: "", reasoning: "", refusal: "", toolCalls: [] };
    choices.set(choice, known);
    return known;
  };
  for (const event of events) {
    switch (event.type) {
      case "start":
        start = event;
        break;
      case "text":
      case "reasoning":
      case "refusal":
        open(event.choice)[event.type] += event.text;
        break;
      case "tool-call":
        open(event.choice).toolCalls[event.call] = { id: event.id, name: event.name, argumentsText: "" };
        break;
      case "tool-arguments": {
        const call = open(event.choice).toolCalls[event.call];
        if (call !== undefined) call.argumentsText += event.text;
        break;
      }
      case "finish":
        open(event.choice).finish = { reason: event.reason, raw: event.raw };
        break;
      case "embedding":
        embeddings.push(event);
        break;
      case "usage":
        usage = { ...usage, ...event.usage };
        break;
      case "error":
        throw event.error;
      case "opaque":
      case "end":
        break;
    }
  }
  return {
    ...(start?.id === undefined ? {} : { id: start.id }),
    ...(start?.model === undefined ? {} : { model: start.model }),
    ...(start?.createdSeconds === undefined ? {} : { createdSeconds: start.createdSeconds }),
    choices: [...choices.values()].toSorted((a, b) => a.choice - b.choice),
    embeddings: embeddings.toSorted((a, b) => a.index - b.index),
    ...(usage === undefined ? {} : { usage }),
  };
}

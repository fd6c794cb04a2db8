import type { ChatEvent } from "#core/chat/event.ts";
import type { Usage } from "#core/chat/usage.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { finishReasonOf } from "#core/wire/openai-chat/finish.ts";
import { decodeUsage } from "#core/wire/openai-chat/token-usage.ts";
import { type CallNumbers, readToolCalls } from "#core/wire/openai-chat/tool-call-reader.ts";

type Fields = Readonly<Record<string, unknown>>;

interface Choice {
  readonly index: number;
  readonly calls: CallNumbers;
  finished: boolean;
}

/**
 * Reads the chunks of one answer as events, remembering what earlier chunks said. A whole answer is one chunk whose
 * choices hold a `message` in place of a `delta`. Usage comes out whenever it is first said or has changed; the last one
 * counts.
 */
export class ChunkReader {
  readonly #choices = new Map<number, Choice>();
  #started = false;
  #usage: string | undefined;

  /** True once an answer has come and every choice seen has said why it ended. */
  get finished(): boolean {
    return this.#choices.size > 0 && [...this.#choices.values()].every((choice) => choice.finished);
  }

  read(chunk: Fields): ChatEvent[] {
    const events: ChatEvent[] = [];
    const choices = listOf(chunk["choices"]);
    this.#readStart(chunk, choices.length > 0, events);
    let choiceUsage: unknown;
    for (const entry of choices) {
      const choice = recordOf(entry);
      if (choice === undefined) continue;
      this.#readChoice(choice, events);
      choiceUsage = choice["usage"];
    }
    // Groq and Moonshot have said it in these other places.
    this.#readUsage(decodeUsage(chunk["usage"] ?? recordOf(chunk["x_groq"])?.["usage"] ?? choiceUsage), events);
    return events;
  }

  #readStart(chunk: Fields, answers: boolean, events: ChatEvent[]): void {
    if (this.#started) return;
    const id = textOf(chunk["id"]);
    const model = textOf(chunk["model"]);
    if (!answers && id === undefined && model === undefined) return;
    const created = chunk["created"];
    this.#started = true;
    events.push({
      type: "start",
      ...(id === undefined ? {} : { id }),
      ...(model === undefined ? {} : { model }),
      ...(typeof created === "number" ? { createdSeconds: created } : {}),
    });
  }

  #readChoice(fields: Fields, events: ChatEvent[]): void {
    const choice = this.#choice(fields["index"]);
    const delta = recordOf(fields["delta"]);
    const message = recordOf(fields["message"]);
    if (delta !== undefined) readContent(delta, choice, false, events);
    else if (message !== undefined) readContent(message, choice, true, events);
    const raw = textOf(fields["finish_reason"]);
    if (raw === undefined || choice.finished) return;
    choice.finished = true;
    events.push({ type: "finish", choice: choice.index, reason: finishReasonOf(raw, choice.calls.length > 0), raw });
  }

  #choice(value: unknown): Choice {
    const index = typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : 0;
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice: Choice = { index, calls: [], finished: false };
    this.#choices.set(index, choice);
    return choice;
  }

  #readUsage(usage: Usage | undefined, events: ChatEvent[]): void {
    if (usage === undefined) return;
    const said = JSON.stringify(usage);
    if (said === this.#usage) return;
    this.#usage = said;
    events.push({ type: "usage", usage });
  }
}

function readContent(fields: Fields, { index, calls }: Choice, whole: boolean, events: ChatEvent[]): void {
  const reasoning = textOf(fields["reasoning_content"]) ?? textOf(fields["reasoning"]);
  if (reasoning !== undefined) events.push({ type: "reasoning", choice: index, text: reasoning });
  const text = textOf(fields["content"]);
  if (text !== undefined) events.push({ type: "text", choice: index, text });
  const refusal = textOf(fields["refusal"]);
  if (refusal !== undefined) events.push({ type: "refusal", choice: index, text: refusal });
  const toolCalls = listOf(fields["tool_calls"]);
  if (toolCalls.length > 0) readToolCalls(toolCalls, index, calls, whole, events);
  if (holdsUnknown(fields)) events.push({ type: "opaque" });
}

function holdsUnknown(fields: Fields): boolean {
  for (const key in fields) {
    switch (key) {
      case "role":
      case "refusal":
      case "reasoning":
      case "reasoning_content":
      case "tool_calls":
        continue;
      default: {
        const value = fields[key];
        if (value === null || value === "" || value === undefined) continue;
        if (typeof value === "object" && Object.keys(value).length === 0) continue;
        if (key === "content" && typeof value === "string") continue;
        return true;
      }
    }
  }
  return false;
}

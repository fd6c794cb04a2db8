import type { ChatEvent } from "#core/chat/event.ts";
import type { Usage } from "#core/chat/usage.ts";
import { CodePoints } from "#core/wire/code-points.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { madeCallId } from "#core/wire/made-id.ts";
import { decodeAnnotations } from "#core/wire/openai-chat/annotation.ts";
import { finishReasonOf } from "#core/wire/openai-chat/finish.ts";
import { decodeLogprobs } from "#core/wire/openai-chat/token-logprobs.ts";
import { decodeUsage } from "#core/wire/openai-chat/token-usage.ts";
import { type CallNumbers, readToolCalls } from "#core/wire/openai-chat/tool-call-reader.ts";

type Fields = Readonly<Record<string, unknown>>;

interface Choice {
  readonly index: number;
  readonly calls: CallNumbers;
  readonly text: CodePoints;
  refusal: boolean;
  finished: boolean;
}

/**
 * Reads the chunks of one answer as events, remembering what earlier chunks said. A whole answer is one chunk whose
 * choices hold a `message` in place of a `delta`; legacy completions hold a `text`. Usage comes out whenever it is first said
 * or has changed; the last one counts.
 */
export class ChunkReader {
  readonly #requestId: string;
  readonly #choices = new Map<number, Choice>();
  #madeIds = 0;
  #started = false;
  #usage: string | undefined;

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  /** True once an answer has come and every choice seen has said why it ended. */
  get finished(): boolean {
    return this.#choices.size > 0 && [...this.#choices.values()].every((choice) => choice.finished);
  }

  /** True once anything of an answer has come. */
  get begun(): boolean {
    return this.#choices.size > 0;
  }

  /** The end of an answer that is over: a choice whose provider left out why it ended has stopped. */
  end(): ChatEvent[] {
    const events: ChatEvent[] = [];
    for (const choice of this.#choices.values()) if (!choice.finished) finish("stop", "", choice, events);
    events.push({ type: "end" });
    return events;
  }

  /** Counts text that was read elsewhere, so that offsets behind it stay right. */
  passText(choice: number, text: string): void {
    this.#choice(choice).text.add(text);
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
    const content = recordOf(fields["delta"]) ?? recordOf(fields["message"]);
    if (content !== undefined) this.#readContent(content, choice, content === fields["message"], events);
    else this.#readText(textOf(fields["text"]), choice, events);
    const tokens = decodeLogprobs(recordOf(fields["logprobs"])?.["content"]);
    if (tokens.length > 0) events.push({ type: "logprobs", choice: choice.index, tokens });
    const raw = textOf(fields["finish_reason"]);
    if (raw !== undefined && !choice.finished) finish(raw, raw, choice, events);
  }

  #readContent(fields: Fields, choice: Choice, whole: boolean, events: ChatEvent[]): void {
    const reasoning =
      textOf(fields["reasoning_content"]) ?? textOf(fields["reasoning"]) ?? detailsText(fields["reasoning_details"]);
    if (reasoning !== undefined) events.push({ type: "reasoning", choice: choice.index, text: reasoning });
    this.#readText(textOf(fields["content"]), choice, events);
    const refusal = textOf(fields["refusal"]);
    if (refusal !== undefined) {
      choice.refusal = true;
      events.push({ type: "refusal", choice: choice.index, text: refusal });
    }
    for (const citation of decodeAnnotations(fields["annotations"], choice.text)) {
      events.push({ type: "citation", choice: choice.index, citation });
    }
    const entries = callEntries(fields);
    if (entries.length > 0) {
      const makeId = (): string => this.#makeCallId();
      readToolCalls(entries, { choice: choice.index, calls: choice.calls, whole, makeId }, events);
    }
    const unknown = unknownContent(fields);
    if (unknown !== undefined) events.push({ type: "opaque", what: unknown });
  }

  #readText(text: string | undefined, choice: Choice, events: ChatEvent[]): void {
    if (text === undefined) return;
    choice.text.add(text);
    events.push({ type: "text", choice: choice.index, text });
  }

  #makeCallId(): string {
    this.#madeIds += 1;
    return madeCallId(this.#requestId, this.#madeIds);
  }

  #choice(value: unknown): Choice {
    const index = typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : 0;
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice: Choice = { index, calls: [], text: new CodePoints(), refusal: false, finished: false };
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

/** Says that a choice ended, as if the provider's word for it had been `word`. */
function finish(word: string, raw: string, choice: Choice, events: ChatEvent[]): void {
  choice.finished = true;
  const reason = finishReasonOf(word, { calls: choice.calls.length > 0, refusal: choice.refusal });
  events.push({ type: "finish", choice: choice.index, reason, raw });
}

/** The calls of a delta or message; one that still speaks of `function_call` has the one. */
function callEntries(fields: Fields): readonly unknown[] {
  const entries = listOf(fields["tool_calls"]);
  const called = recordOf(fields["function_call"]);
  return entries.length > 0 || called === undefined ? entries : [{ index: 0, function: called }];
}

/** OpenRouter's other form of thoughts, which usually repeats `reasoning`. */
function detailsText(details: unknown): string | undefined {
  const texts = listOf(details).map((entry) => {
    const detail = recordOf(entry);
    return textOf(detail?.["text"]) ?? textOf(detail?.["summary"]) ?? "";
  });
  return textOf(texts.join(""));
}

/** The name of content of a kind that is not read, if there is any. */
function unknownContent(fields: Fields): string | undefined {
  for (const key in fields) {
    switch (key) {
      case "role":
      case "refusal":
      case "reasoning":
      case "reasoning_content":
      case "reasoning_details":
      case "annotations":
      case "function_call":
      case "tool_calls":
        continue;
      default: {
        const value = fields[key];
        if (value === null || value === "" || value === undefined) continue;
        if (typeof value === "object" && Object.keys(value).length === 0) continue;
        if (key === "content" && typeof value === "string") continue;
        return key;
      }
    }
  }
  return undefined;
}

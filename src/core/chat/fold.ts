import type { ChatEvent, Ending, TokenLogprob } from "#core/chat/event.ts";
import type { Citation, OpaqueToken, ToolCallPart } from "#core/chat/request.ts";
import type { Usage } from "#core/chat/usage.ts";

/** Text that was said in one go, with the sources behind it. */
export interface TextBlock {
  readonly type: "text";
  readonly text: string;
  /** Where it begins in the text of the choice, in UTF-16 code units: what offsets of citations count from. */
  readonly offset: number;
  readonly citations: readonly Citation[];
  readonly logprobs: readonly TokenLogprob[];
}

/** Thinking, shown or not, with what its maker wants back. */
export interface ReasoningBlock {
  readonly type: "reasoning";
  readonly text: string;
  readonly token?: OpaqueToken;
}

/** A tool call, complete. */
export type ToolCallBlock = Omit<ToolCallPart, "cache">;

/** A piece of an answer, complete. */
export type AnswerBlock =
  TextBlock | ReasoningBlock | { readonly type: "refusal"; readonly text: string } | ToolCallBlock;

/** One alternative answer, complete: its blocks in the order in which they were made. */
export interface FoldedChoice {
  readonly choice: number;
  readonly blocks: readonly AnswerBlock[];
  readonly finish?: Ending;
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

/** All that a choice said in blocks of one kind, joined. */
export function saidAs(kind: "text" | "reasoning" | "refusal", { blocks }: FoldedChoice): string {
  return blocks.reduce((said, block) => (block.type === kind ? said + block.text : said), "");
}

/** Folds the events of an answer into the whole. Throws the error of an `error` event; a later usage amends an earlier one. */
export function foldAnswer(events: readonly ChatEvent[]): FoldedAnswer {
  const choices = new Map<number, OpenChoice>();
  const embeddings: { index: number; vector: readonly number[] }[] = [];
  let start: Extract<ChatEvent, { type: "start" }> | undefined;
  let usage: Usage | undefined;
  for (const event of events) {
    switch (event.type) {
      case "start":
        start = event;
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
      default: {
        const open = choices.get(event.choice) ?? new OpenChoice(event.choice);
        choices.set(event.choice, open);
        open.add(event);
      }
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

type ChoiceEvent = Extract<ChatEvent, { readonly choice: number }>;
type Open<Block> = { -readonly [Name in keyof Block]: Block[Name] };
type OpenText = Open<Omit<TextBlock, "citations" | "logprobs">> & { citations: Citation[]; logprobs: TokenLogprob[] };
type OpenBlock = OpenText | Open<ReasoningBlock> | { type: "refusal"; text: string } | Open<ToolCallBlock>;

class OpenChoice implements FoldedChoice {
  readonly choice: number;
  readonly blocks: OpenBlock[] = [];
  readonly #calls: (Open<ToolCallBlock> | undefined)[] = [];
  #textLength = 0;
  finish?: Ending;

  constructor(choice: number) {
    this.choice = choice;
  }

  add(event: ChoiceEvent): void {
    const last = this.blocks.at(-1);
    switch (event.type) {
      case "text":
        (last?.type === "text" ? last : this.#openText()).text += event.text;
        this.#textLength += event.text.length;
        return;
      case "reasoning":
        if (last?.type === "reasoning" && last.token === undefined) last.text += event.text;
        else this.blocks.push({ type: "reasoning", text: event.text });
        return;
      case "reasoning-token":
        if (last?.type === "reasoning" && last.token === undefined) last.token = event.token;
        else this.blocks.push({ type: "reasoning", text: "", token: event.token });
        return;
      case "refusal":
        if (last?.type === "refusal") last.text += event.text;
        else this.blocks.push({ type: "refusal", text: event.text });
        return;
      case "citation":
        this.#lastText().citations.push(event.citation);
        return;
      case "logprobs":
        this.#lastText().logprobs.push(...event.tokens);
        return;
      case "tool-call":
        this.#openCall(event);
        return;
      case "tool-arguments": {
        const call = this.#calls[event.call];
        if (call !== undefined) call.argumentsText += event.text;
        return;
      }
      case "finish": {
        const { reason, raw, stopSequence } = event;
        this.finish = { reason, raw, ...(stopSequence === undefined ? {} : { stopSequence }) };
      }
    }
  }

  #openText(): OpenText {
    const block: OpenText = { type: "text", text: "", offset: this.#textLength, citations: [], logprobs: [] };
    this.blocks.push(block);
    return block;
  }

  #lastText(): OpenText {
    const text = this.blocks.findLast((block) => block.type === "text");
    return text ?? this.#openText();
  }

  #openCall({ call, id, name, form, namespace }: Extract<ChatEvent, { type: "tool-call" }>): void {
    const block: Open<ToolCallBlock> = {
      type: "tool-call",
      id,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      form: form ?? "function",
      argumentsText: "",
    };
    this.#calls[call] = block;
    this.blocks.push(block);
  }
}

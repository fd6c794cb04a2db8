import type { ChatEvent } from "#core/chat/event.ts";
import type { Citation, OpaqueToken } from "#core/chat/request.ts";
import { CallQueue } from "#core/wire/anthropic-messages/call-queue.ts";
import { encodeCitation } from "#core/wire/anthropic-messages/citation.ts";
import { toolUseId } from "#core/wire/anthropic-messages/tool-use-id.ts";

/**
 * Writes content blocks as frames, never two open and none empty: a block is opened by its first piece and closed before the
 * next. Every method gives frames, possibly none.
 */
export class BlockWriter {
  readonly #requestId: string;
  readonly #queue = new CallQueue();
  #open: "text" | "thinking" | "call" | undefined;
  #index = -1;
  #calls = 0;
  /** Tokens behind the open text: a block of their own where anything follows. */
  #held: OpaqueToken[] = [];
  /** Whether the open text has a source: text that follows has none of it. */
  #cited = false;
  /** Everything of a delta of the open block before its text. */
  #head = "";

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  /** Number of calls so far. */
  get calls(): number {
    return this.#calls;
  }

  text(text: string): string {
    if (text === "") return "";
    const released = this.#release();
    const goesOn = this.#open === "text" && !this.#cited;
    const opened = goesOn ? "" : this.closeAll() + this.#openBlock("text", '{"type":"text","text":""}', textDelta);
    return `${released}${opened}${this.#head}${JSON.stringify(text)}}}\n\n`;
  }

  thinking(text: string): string {
    if (text === "") return "";
    const released = this.#release();
    const opened = this.#open === "thinking" ? "" : this.closeAll() + this.#openThinking();
    return `${released}${opened}${this.#head}${JSON.stringify(text)}}}\n\n`;
  }

  /**
   * Ends the thinking under way with its signature; without thinking, it becomes a block without text, but never the last one
   * behind a text: clients take the last block for the answer.
   */
  token(token: OpaqueToken): string {
    if (this.#open !== "text") return this.#writeToken(token);
    this.#held.push(token);
    return "";
  }

  /** Says a source of the text block that is open; elsewhere there is no place for it. */
  citation(citation: Citation): string {
    if (this.#open !== "text") return "";
    this.#cited = true;
    return this.#delta(JSON.stringify({ type: "citations_delta", citation: encodeCitation(citation) }));
  }

  call({ call, id, name, form }: Extract<ChatEvent, { readonly type: "tool-call" }>): string {
    const closed = this.#open === "call" ? "" : this.#release() + this.#close();
    this.#calls += 1;
    const known = toolUseId(id, this.#requestId, call);
    this.#queue.add({ call, id: known, name, custom: form === "custom", waiting: "", said: "" });
    return closed + this.#advance();
  }

  callArguments(call: number, text: string): string {
    if (text === "" || !this.#queue.keep(call, text)) return "";
    return this.#advance();
  }

  /** Closes what is open and writes the calls that wait. */
  closeAll(): string {
    let frames = "";
    while (this.#queue.first !== undefined) frames += this.#openFirst() + this.#writeWaiting() + this.#closeFirst();
    return frames + this.#close();
  }

  /** Writes the tokens behind a text, since something follows. */
  #release(): string {
    if (this.#held.length === 0) return "";
    const held = this.#held;
    this.#held = [];
    return held.map((token) => this.#writeToken(token)).join("");
  }

  #writeToken({ kind, data }: OpaqueToken): string {
    if (kind === "redacted") {
      const block = `{"type":"redacted_thinking","data":${JSON.stringify(data)}}`;
      return this.closeAll() + this.#openBlock("thinking", block, thinkingDelta) + this.#close();
    }
    const opened = this.#open === "thinking" ? "" : this.closeAll() + this.#openThinking();
    return `${opened}${this.#delta(`{"type":"signature_delta","signature":${JSON.stringify(data)}}`)}${this.#close()}`;
  }

  /** Writes what may be written of the calls under way. */
  #advance(): string {
    let frames = this.#openFirst() + this.#writeWaiting();
    while (this.#queue.firstIsWhole) frames += this.#closeFirst() + this.#openFirst() + this.#writeWaiting();
    return frames;
  }

  #openFirst(): string {
    const first = this.#queue.first;
    if (first === undefined || this.#open === "call") return "";
    const block = JSON.stringify({ type: "tool_use", id: first.id, name: first.name, input: {} });
    const opened = this.#openBlock("call", block, inputDelta);
    return first.custom ? opened + this.#input('{"input":"') : opened;
  }

  #writeWaiting(): string {
    const first = this.#queue.first;
    if (first === undefined || first.waiting === "") return "";
    const text = first.custom ? JSON.stringify(first.waiting).slice(1, -1) : first.waiting;
    first.waiting = "";
    return this.#input(text);
  }

  #closeFirst(): string {
    const tail = this.#queue.first?.custom === true ? this.#input('"}') : "";
    this.#queue.shift();
    return tail + this.#close();
  }

  #input(text: string): string {
    return `${this.#head}${JSON.stringify(text)}}}\n\n`;
  }

  #openThinking(): string {
    return this.#openBlock("thinking", '{"type":"thinking","thinking":"","signature":""}', thinkingDelta);
  }

  #openBlock(type: "text" | "thinking" | "call", block: string, delta: string): string {
    this.#open = type;
    this.#cited = false;
    this.#index += 1;
    const at = `"index":${this.#index}`;
    this.#head = `${deltaFrame}${at},"delta":${delta}`;
    return `event: content_block_start\ndata: {"type":"content_block_start",${at},"content_block":${block}}\n\n`;
  }

  #delta(delta: string): string {
    return `${deltaFrame}"index":${this.#index},"delta":${delta}}\n\n`;
  }

  #close(): string {
    if (this.#open === undefined) return "";
    this.#open = undefined;
    return `event: content_block_stop\ndata: {"type":"content_block_stop","index":${this.#index}}\n\n`;
  }
}

const deltaFrame = 'event: content_block_delta\ndata: {"type":"content_block_delta",';
const textDelta = '{"type":"text_delta","text":';
const thinkingDelta = '{"type":"thinking_delta","thinking":';
const inputDelta = '{"type":"input_json_delta","partial_json":';

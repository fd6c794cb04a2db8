import type { ChatEvent } from "#core/chat/event.ts";
import { decodeCitation } from "#core/wire/anthropic-messages/citation.ts";
import { finishReasonOf } from "#core/wire/anthropic-messages/finish.ts";
import { amendCounters, type Counters, usageOfCounters } from "#core/wire/anthropic-messages/token-usage.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { madeCallId } from "#core/wire/made-id.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A content block under way. */
interface OpenBlock {
  readonly type: "text" | "thinking" | "call" | "opaque";
  readonly call: number;
  /** Where its text begins in the text of the answer. */
  readonly start: number;
  readonly citations: unknown[];
  signature: string;
  /** What is to be said of a call's arguments if no piece of them comes. */
  wholeInput: string | undefined;
}

/**
 * Reads the events of one message, remembering what earlier ones said. A whole message is the same: every block begins
 * complete. Kinds that are not known mean nothing (events) or are opaque (blocks).
 */
export class MessageReader {
  readonly #blocks = new Map<number, OpenBlock>();
  readonly #requestId: string;
  #started = false;
  #finished = false;
  #calls = 0;
  #textLength = 0;
  #counters: Counters = {};

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  read(fields: Fields): ChatEvent[] {
    const events: ChatEvent[] = [];
    switch (fields["type"]) {
      case "content_block_delta":
        this.#delta(this.#blocks.get(indexOf(fields)), recordOf(fields["delta"]) ?? {}, events);
        break;
      case "content_block_start":
        this.#open(indexOf(fields), recordOf(fields["content_block"]) ?? {}, events);
        break;
      case "content_block_stop":
        this.#close(indexOf(fields), events);
        break;
      case "message_start":
        this.#start(recordOf(fields["message"]) ?? {}, events);
        break;
      case "message_delta":
        this.#finish(recordOf(fields["delta"]) ?? {}, fields["usage"], events);
        break;
      case "message_stop":
        this.#stop(events);
        break;
    }
    return events;
  }

  #start(message: Fields, events: ChatEvent[]): void {
    if (this.#started) return;
    this.#started = true;
    const id = textOf(message["id"]);
    const model = textOf(message["model"]);
    events.push({ type: "start", ...(id === undefined ? {} : { id }), ...(model === undefined ? {} : { model }) });
    // The output counted so far says nothing yet.
    this.#counters = amendCounters({}, { ...recordOf(message["usage"]), output_tokens: undefined });
    const usage = usageOfCounters(this.#counters);
    if (usage !== undefined) events.push({ type: "usage", usage });
  }

  #open(index: number, block: Fields, events: ChatEvent[]): void {
    this.#close(index, events);
    const opened: OpenBlock = {
      type: kindOf(block["type"]),
      call: this.#calls,
      start: this.#textLength,
      citations: [...listOf(block["citations"])],
      signature: textOf(block["signature"]) ?? "",
      wholeInput: undefined,
    };
    this.#blocks.set(index, opened);
    switch (block["type"]) {
      case "text":
        this.#text(textOf(block["text"]), events);
        break;
      case "thinking": {
        const text = textOf(block["thinking"]);
        if (text !== undefined) events.push({ type: "reasoning", choice: 0, text });
        break;
      }
      case "redacted_thinking": {
        const data = textOf(block["data"]);
        if (data !== undefined) events.push({ type: "reasoning-token", choice: 0, token: { kind: "redacted", data } });
        break;
      }
      case "tool_use":
        this.#openCall(opened, block, events);
        break;
      default:
        events.push({ type: "opaque", what: textOf(block["type"]) ?? "content_block" });
    }
  }

  #openCall(opened: OpenBlock, block: Fields, events: ChatEvent[]): void {
    const call = this.#calls++;
    const id = textOf(block["id"]) ?? madeCallId(this.#requestId, call);
    opened.wholeInput = JSON.stringify(block["input"] ?? {});
    events.push({ type: "tool-call", choice: 0, call, id, name: textOf(block["name"]) ?? "" });
  }

  #delta(block: OpenBlock | undefined, delta: Fields, events: ChatEvent[]): void {
    switch (delta["type"]) {
      case "text_delta":
        this.#text(textOf(delta["text"]), events);
        return;
      case "thinking_delta": {
        const text = textOf(delta["thinking"]);
        if (text !== undefined) events.push({ type: "reasoning", choice: 0, text });
        return;
      }
      case "input_json_delta": {
        const text = textOf(delta["partial_json"]);
        if (text === undefined || block?.type !== "call") return;
        block.wholeInput = undefined;
        events.push({ type: "tool-arguments", choice: 0, call: block.call, text });
        return;
      }
      case "signature_delta":
        if (block !== undefined) block.signature += textOf(delta["signature"]) ?? "";
        return;
      case "citations_delta":
        block?.citations.push(delta["citation"]);
    }
  }

  #text(text: string | undefined, events: ChatEvent[]): void {
    if (text === undefined) return;
    this.#textLength += text.length;
    events.push({ type: "text", choice: 0, text });
  }

  #close(index: number, events: ChatEvent[]): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    this.#blocks.delete(index);
    if (block.type === "call" && block.wholeInput !== undefined) {
      events.push({ type: "tool-arguments", choice: 0, call: block.call, text: block.wholeInput });
    }
    if (block.type === "thinking" && block.signature !== "") {
      events.push({ type: "reasoning-token", choice: 0, token: { kind: "signature", data: block.signature } });
    }
    for (const value of block.type === "text" ? block.citations : []) {
      const citation = decodeCitation(value, block.start, this.#textLength);
      if (citation !== undefined) events.push({ type: "citation", choice: 0, citation });
    }
  }

  #closeAll(events: ChatEvent[]): void {
    for (const index of [...this.#blocks.keys()]) this.#close(index, events);
  }

  #finish(delta: Fields, usage: unknown, events: ChatEvent[]): void {
    const raw = textOf(delta["stop_reason"]);
    if (raw !== undefined && !this.#finished) {
      this.#finished = true;
      this.#closeAll(events);
      const explanation = textOf(recordOf(delta["stop_details"])?.["explanation"]);
      const reason = finishReasonOf(raw, this.#calls > 0);
      if (reason === "refusal" && explanation !== undefined) {
        events.push({ type: "refusal", choice: 0, text: explanation });
      }
      const stopSequence = textOf(delta["stop_sequence"]);
      events.push({ type: "finish", choice: 0, reason, raw, ...(stopSequence === undefined ? {} : { stopSequence }) });
    }
    this.#counters = amendCounters(this.#counters, usage);
    const counts = usageOfCounters(this.#counters);
    if (counts !== undefined) events.push({ type: "usage", usage: counts });
  }

  /** A message whose provider left out why it ended has ended its turn. */
  #stop(events: ChatEvent[]): void {
    this.#closeAll(events);
    if (!this.#finished) {
      events.push({ type: "finish", choice: 0, reason: finishReasonOf("end_turn", this.#calls > 0), raw: "" });
    }
    events.push({ type: "end" });
  }
}

function indexOf(fields: Fields): number {
  const index = fields["index"];
  return typeof index === "number" ? index : 0;
}

function kindOf(type: unknown): OpenBlock["type"] {
  if (type === "tool_use") return "call";
  return type === "text" || type === "thinking" ? type : "opaque";
}

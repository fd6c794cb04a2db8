/** The grammar of a stream of Messages events (Anthropic API reference, "Streaming messages"). */
import {
  type Fields,
  framesOf,
  isCount,
  itemsOf,
  objectOf,
  rule,
  type StreamEnd,
  type StreamVerdict,
  verdictOf,
  wordsOf,
} from "./stream-verdict.ts";

interface OpenBlock {
  readonly type: string;
  deltas: number;
  signed: boolean;
  json: string;
}

const deltasOf: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  redacted_thinking: [],
  tool_use: ["input_json_delta"],
};

const stopReasons: readonly unknown[] = [
  "end_turn",
  "max_tokens",
  "stop_sequence",
  "tool_use",
  "pause_turn",
  "refusal",
  "model_context_window_exceeded",
];

/** Judges a whole stream; `parsable` when the arguments of calls are known to be objects. */
export function checkMessageStream(stream: string, parsable: boolean): StreamVerdict {
  return verdictOf(() => new MessageChecker(parsable).check(stream));
}

class MessageChecker {
  readonly #parsable: boolean;
  #begun = false;
  #open: OpenBlock | undefined;
  #blocks = 0;
  #calls = 0;
  #delta = false;

  constructor(parsable: boolean) {
    this.#parsable = parsable;
  }

  check(stream: string): StreamEnd {
    let end: StreamEnd = "not at all";
    for (const { event, data } of framesOf(stream, "\n")) {
      const fields = objectOf(JSON.parse(data), "an event");
      rule(event === fields["type"], "an event is named in another way than it is");
      if (event === "ping") continue;
      rule(end === "not at all", "something follows the end");
      if (event === "error") end = checkError(fields);
      else if (event === "message_stop") end = this.#stop();
      else this.#event(fields);
    }
    return end;
  }

  #event(fields: Fields): void {
    if (fields["type"] === "message_start") {
      this.#start(objectOf(fields["message"], "message"));
      return;
    }
    rule(this.#begun && !this.#delta, "an event stands outside the message");
    switch (fields["type"]) {
      case "content_block_start":
        this.#openBlock(fields);
        return;
      case "content_block_delta":
        this.#addDelta(fields);
        return;
      case "content_block_stop":
        this.#closeBlock(fields);
        return;
      case "message_delta":
        this.#messageDelta(fields);
        return;
      default:
        rule(false, "an event that nobody knows");
    }
  }

  #start(message: Fields): void {
    rule(!this.#begun, "the message begins twice");
    this.#begun = true;
    rule(message["type"] === "message" && message["role"] === "assistant", "it is no message");
    rule(wordsOf(message["id"], "id").startsWith("msg_"), "the id is of another kind");
    wordsOf(message["model"], "model");
    rule(itemsOf(message["content"], "content").length === 0, "the message begins with content");
    rule(message["stop_reason"] === null && message["stop_sequence"] === null, "the message begins with its end");
    checkCounters(message["usage"]);
  }

  #openBlock(fields: Fields): void {
    rule(this.#open === undefined, "two blocks are open");
    rule(fields["index"] === this.#blocks, "blocks are not numbered one after the other");
    const block = objectOf(fields["content_block"], "content_block");
    const type = wordsOf(block["type"], "type");
    rule(Object.hasOwn(deltasOf, type), `a block of type ${type}`);
    if (type === "text") rule(block["text"] === "", "a text begins with content");
    if (type === "thinking") {
      rule(block["thinking"] === "" && block["signature"] === "", "thinking begins with content");
    }
    if (type === "redacted_thinking") rule(wordsOf(block["data"], "data") !== "", "nothing was redacted");
    if (type === "tool_use") {
      rule(/^[A-Za-z0-9_-]+$/.test(wordsOf(block["id"], "id")), "an id leaves the alphabet");
      wordsOf(block["name"], "name");
      rule(Object.keys(objectOf(block["input"], "input")).length === 0, "the input stands in the start");
      this.#calls += 1;
    }
    this.#open = { type, deltas: 0, signed: false, json: "" };
  }

  #addDelta(fields: Fields): void {
    const open = this.#open;
    rule(open !== undefined && fields["index"] === this.#blocks, "a delta belongs to no open block");
    const delta = objectOf(fields["delta"], "delta");
    const type = wordsOf(delta["type"], "type");
    rule(deltasOf[open.type]?.includes(type) === true, `a ${type} in a block of ${open.type}`);
    rule(!open.signed, "something follows the signature of a block");
    open.deltas += 1;
    switch (type) {
      case "text_delta":
        rule(wordsOf(delta["text"], "text") !== "", "a delta of text is empty");
        return;
      case "thinking_delta":
        rule(wordsOf(delta["thinking"], "thinking") !== "", "a delta of thinking is empty");
        return;
      case "signature_delta":
        rule(wordsOf(delta["signature"], "signature") !== "", "a signature is empty");
        open.signed = true;
        return;
      case "input_json_delta":
        open.json += wordsOf(delta["partial_json"], "partial_json");
        return;
      case "citations_delta":
        wordsOf(objectOf(delta["citation"], "citation")["type"], "type");
    }
  }

  #closeBlock(fields: Fields): void {
    const open = this.#open;
    rule(open !== undefined && fields["index"] === this.#blocks, "no such block is open");
    rule(open.deltas > 0 || open.type === "tool_use" || open.type === "redacted_thinking", "a block is empty");
    if (this.#parsable && open.type === "tool_use" && open.json !== "") objectOf(JSON.parse(open.json), "an input");
    this.#open = undefined;
    this.#blocks += 1;
  }

  #messageDelta(fields: Fields): void {
    rule(this.#open === undefined, "the message ends within a block");
    this.#delta = true;
    const delta = objectOf(fields["delta"], "delta");
    const reason = delta["stop_reason"];
    rule(stopReasons.includes(reason), `a stop reason ${String(reason)}`);
    rule(reason !== "tool_use" || this.#calls > 0, "it ended in calls without a call");
    rule(reason !== "end_turn" || this.#calls === 0, "it ended in a stop with a call");
    rule((reason === "stop_sequence") === (delta["stop_sequence"] !== null), "the stop sequence does not fit");
    checkCounters(fields["usage"]);
  }

  #stop(): StreamEnd {
    rule(this.#begun && this.#delta, "the message stops without its delta");
    return "cleanly";
  }
}

function checkCounters(usage: unknown): void {
  const counts = objectOf(usage, "usage");
  for (const name of ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]) {
    rule(isCount(counts[name]), `${name} is no count`);
  }
}

function checkError(fields: Fields): StreamEnd {
  const error = objectOf(fields["error"], "error");
  rule(wordsOf(error["type"], "type").endsWith("_error"), "an error of no known type");
  rule(wordsOf(error["message"], "message") !== "", "the error says nothing");
  return "with an error";
}

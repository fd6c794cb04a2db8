/** The grammar of the stream of a response (OpenAI API reference, "Streaming events"). */
import { checkParts, type OpenItem } from "./openai-responses-parts.ts";
import {
  type Fields,
  framesOf,
  isCount,
  isSame,
  itemsOf,
  objectOf,
  rule,
  type StreamEnd,
  type StreamVerdict,
  verdictOf,
  wordsOf,
} from "./stream-verdict.ts";

const prefixes: Readonly<Record<string, string>> = {
  message: "msg_",
  reasoning: "rs_",
  function_call: "fc_",
  custom_tool_call: "ctc_",
};

/** Judges a whole stream. */
export function checkResponsesStream(stream: string): StreamVerdict {
  return verdictOf(() => new ResponseChecker().check(stream));
}

class ResponseChecker {
  readonly #done: unknown[] = [];
  readonly #ids = new Set<unknown>();
  #open: OpenItem | undefined;
  #id: unknown;

  check(stream: string): StreamEnd {
    let end: StreamEnd = "not at all";
    let failing = false;
    framesOf(stream, "\n").forEach(({ event, data }, at) => {
      const fields = objectOf(JSON.parse(data), "an event");
      rule(event === fields["type"], "an event is named in another way than it is");
      rule(fields["sequence_number"] === at, "numbers have a gap");
      rule(end === "not at all", "something follows the end");
      if (failing) rule(event === "response.failed", "something follows an error");
      if (event === "error") {
        checkError(fields);
        failing = true;
      } else if (/^response\.(created|in_progress|completed|incomplete|failed)$/.test(event ?? "")) {
        end = this.#response(fields, at);
      } else {
        rule(at >= 2, "the response does not begin with itself");
        this.#item(fields);
      }
    });
    return end;
  }

  #response(fields: Fields, at: number): StreamEnd {
    const type = fields["type"];
    const response = objectOf(fields["response"], "response");
    rule(response["object"] === "response" && isCount(response["created_at"]), "it is no response");
    const id = wordsOf(response["id"], "id");
    rule(id.startsWith("resp_") && id === (this.#id ?? id), "the id is another");
    this.#id = id;
    const output = itemsOf(response["output"], "output");
    rule(isSame(output, this.#done), "the output is not what was done");
    if (type === "response.created" || type === "response.in_progress") {
      rule(at === (type === "response.created" ? 0 : 1), "the response begins at another place");
      rule(response["status"] === "in_progress" && response["usage"] === null, "the response begins with its end");
      return "not at all";
    }
    rule(type === `response.${String(response["status"])}`, "the status is not that of the event");
    if (type === "response.failed") {
      wordsOf(objectOf(response["error"], "error")["message"], "message");
      return "with an error";
    }
    rule(at >= 2 && this.#open === undefined, "the response ends within an item");
    rule(response["error"] === null, "a response without failure has an error");
    const details = response["incomplete_details"];
    rule((details === null) === (type === "response.completed"), "why it is incomplete does not fit");
    if (response["usage"] !== null) checkUsage(objectOf(response["usage"], "usage"));
    return "cleanly";
  }

  #item(fields: Fields): void {
    const { type, output_index: index } = fields;
    rule(index === this.#done.length, "items are not numbered one after the other");
    if (type === "response.output_item.added") {
      rule(this.#open === undefined, "two items are open");
      this.#begin(objectOf(fields["item"], "item"));
      return;
    }
    const open = this.#open;
    rule(open !== undefined, "an event belongs to no open item");
    if (type === "response.output_item.done") {
      checkDone(open, objectOf(fields["item"], "item"));
      this.#done.push(fields["item"]);
      this.#open = undefined;
      return;
    }
    rule(fields["item_id"] === open.item["id"], "an event belongs to another item");
    checkParts(open, fields);
  }

  #begin(item: Fields): void {
    const type = wordsOf(item["type"], "type");
    const id = wordsOf(item["id"], "id");
    rule(id.length <= 64 && !this.#ids.has(id), "the id of an item is not its own");
    rule(id.startsWith(prefixes[type] ?? ""), "the id of an item is of another kind");
    this.#ids.add(id);
    if (type === "message") rule(itemsOf(item["content"], "content").length === 0, "a message begins with content");
    if (type === "reasoning") rule(itemsOf(item["summary"], "summary").length === 0, "thinking begins with content");
    else rule(item["status"] === "in_progress", "an item begins with its end");
    if (type === "reasoning") rule(item["encrypted_content"] === undefined, "what is encrypted comes too early");
    if (type.endsWith("_call")) rule(wordsOf(item["call_id"], "call_id") !== "", "a call without an id");
    this.#open = { item, type, content: [], part: undefined, annotations: [], said: "", over: false };
  }
}

function checkDone(open: OpenItem, item: Fields): void {
  rule(open.part === undefined, "an item ends within a part");
  for (const name of ["id", "type", "role", "call_id", "name", "namespace"]) {
    rule(item[name] === open.item[name], `${name} changed`);
  }
  if (open.type === "reasoning") {
    rule(isSame(item["summary"], open.content), "the thoughts are not what was said");
    return;
  }
  rule(item["status"] === "completed" || item["status"] === "incomplete", "an item is not over");
  if (open.type === "message") rule(isSame(item["content"], open.content), "the content is not what was said");
  if (open.type === "function_call") rule(open.over && item["arguments"] === open.said, "the arguments are others");
  if (open.type === "custom_tool_call") rule(open.over && item["input"] === open.said, "the input is another");
}

function checkUsage(usage: Fields): void {
  for (const name of ["input_tokens", "output_tokens", "total_tokens"]) {
    rule(isCount(usage[name]), `${name} is no count`);
  }
  objectOf(usage["input_tokens_details"], "input_tokens_details");
  objectOf(usage["output_tokens_details"], "output_tokens_details");
}

function checkError(fields: Fields): void {
  const error = objectOf(fields["error"], "error");
  for (const said of [fields, error]) rule(wordsOf(said["message"], "message") !== "", "the error says nothing");
  wordsOf(fields["code"], "code");
}

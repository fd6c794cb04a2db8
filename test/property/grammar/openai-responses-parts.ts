/** What stands between the beginning and the end of an item of a response. */
import { type Fields, isSame, objectOf, rule, wordsOf } from "./stream-verdict.ts";

/** The item under way. */
export interface OpenItem {
  readonly item: Fields;
  readonly type: string;
  /** Its parts that are over. */
  readonly content: unknown[];
  part: "text" | "refusal" | "summary" | undefined;
  annotations: unknown[];
  /** Deltas so far of the part, or of the arguments. */
  said: string;
  /** The `done` event of the part, or of the arguments, has come. */
  over: boolean;
}

/** Throws `BrokenRule` unless the event is one that the item takes now. */
export function checkParts(open: OpenItem, event: Fields): void {
  const type = wordsOf(event["type"], "type");
  switch (type) {
    case "response.content_part.added":
      rule(open.type === "message" && event["content_index"] === open.content.length, "a part at the wrong place");
      begin(open, objectOf(event["part"], "part"));
      return;
    case "response.reasoning_summary_part.added":
      rule(open.type === "reasoning" && event["summary_index"] === open.content.length, "a part at the wrong place");
      begin(open, objectOf(event["part"], "part"));
      return;
    case "response.content_part.done":
      rule(open.part !== "summary", "a part of another kind");
      end(open, objectOf(event["part"], "part"), event["content_index"]);
      return;
    case "response.reasoning_summary_part.done":
      rule(open.part === "summary", "a part of another kind");
      end(open, objectOf(event["part"], "part"), event["summary_index"]);
      return;
    case "response.output_text.delta":
    case "response.output_text.done":
      say(open, "text", event, "text");
      return;
    case "response.output_text.annotation.added":
      rule(open.part === "text" && !open.over, "a source without a text");
      rule(event["annotation_index"] === open.annotations.length, "sources are not numbered one after the other");
      open.annotations.push(event["annotation"]);
      return;
    case "response.refusal.delta":
    case "response.refusal.done":
      say(open, "refusal", event, "refusal");
      return;
    case "response.reasoning_summary_text.delta":
    case "response.reasoning_summary_text.done":
      say(open, "summary", event, "text");
      return;
    default:
      checkCall(open, type, event);
  }
}

function begin(open: OpenItem, part: Fields): void {
  rule(open.part === undefined, "two parts are open");
  const kinds = { output_text: "text", refusal: "refusal", summary_text: "summary" } as const;
  const kind = Object.entries(kinds).find(([name]) => name === part["type"])?.[1];
  rule(kind !== undefined, `a part of type ${String(part["type"])}`);
  rule((part["text"] ?? part["refusal"]) === "", "a part begins with content");
  open.part = kind;
  open.annotations = [];
  open.said = "";
  open.over = false;
}

function end(open: OpenItem, part: Fields, index: unknown): void {
  rule(open.part !== undefined && open.over, "a part ends that is not over");
  rule(index === open.content.length, "another part ends");
  rule((part["text"] ?? part["refusal"]) === open.said, "a part is not what was said");
  if (open.part === "text") rule(isSame(part["annotations"], open.annotations), "the sources are not those named");
  open.content.push(part);
  open.part = undefined;
}

function say(open: OpenItem, kind: OpenItem["part"], event: Fields, field: string): void {
  rule(open.part === kind && !open.over, "words belong to no open part");
  rule((event["content_index"] ?? event["summary_index"]) === open.content.length, "words belong to another part");
  if (wordsOf(event["type"], "type").endsWith(".delta")) {
    open.said += wordsOf(event["delta"], "delta");
    return;
  }
  rule(event[field] === open.said, "the words are not what the deltas said");
  open.over = true;
}

function checkCall(open: OpenItem, type: string, event: Fields): void {
  const kinds: Readonly<Record<string, readonly [string, string]>> = {
    function_call: ["response.function_call_arguments", "arguments"],
    custom_tool_call: ["response.custom_tool_call_input", "input"],
  };
  const [prefix, field] = kinds[open.type] ?? ["", ""];
  rule(field !== "" && !open.over, `${type} in an item of ${open.type}`);
  if (type === `${prefix}.delta`) {
    open.said += wordsOf(event["delta"], "delta");
    return;
  }
  rule(type === `${prefix}.done`, `${type} in an item of ${open.type}`);
  rule(event[field] === open.said, "the arguments are not what the deltas said");
  open.over = true;
}

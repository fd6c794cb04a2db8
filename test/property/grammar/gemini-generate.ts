/** The grammar of a stream of `GenerateContentResponse`, as server-sent events or as one JSON array. */
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

/** How the caller asked, and whether every choice must say why it ended. */
export interface GeminiWish {
  readonly jsonArray: boolean;
  readonly finishes: boolean;
}

/** Judges a whole stream. */
export function checkGeminiStream(stream: string, wish: GeminiWish): StreamVerdict {
  return verdictOf(() => checkElements(wish.jsonArray ? elementsOf(stream) : eventsOf(stream), wish.finishes));
}

/** Elements of an array that was cut before its end are whole all the same. */
function elementsOf(stream: string): readonly unknown[] {
  const text = stream.trimEnd();
  if (text === "") return [];
  return itemsOf(JSON.parse(text.endsWith("]") ? text : `${text}]`), "the stream");
}

function eventsOf(stream: string): readonly unknown[] {
  return framesOf(stream, "\r\n").map(({ event, data }): unknown => {
    rule(event === undefined, "a frame has a name");
    return JSON.parse(data);
  });
}

function checkElements(elements: readonly unknown[], finishes: boolean): StreamEnd {
  const begun = new Set<unknown>();
  const finished = new Set<unknown>();
  let identity: unknown;
  let end: StreamEnd = "not at all";
  for (const [at, element] of elements.entries()) {
    rule(end === "not at all", "something follows the end");
    const frame = objectOf(element, "a frame");
    if (frame["error"] !== undefined) {
      end = checkError(frame["error"]);
      continue;
    }
    const own = [frame["modelVersion"], frame["responseId"]];
    identity ??= own;
    rule(own.every((name) => typeof name === "string") && isSame(own, identity), "frames belong to different answers");
    rule(frame["usageMetadata"] === undefined || at === elements.length - 1, "usage stands before the last frame");
    if (frame["usageMetadata"] !== undefined) checkUsage(objectOf(frame["usageMetadata"], "usage"));
    for (const value of itemsOf(frame["candidates"], "candidates")) {
      const candidate = objectOf(value, "a candidate");
      const { index, finishReason } = candidate;
      rule(isCount(index) && !finished.has(index), "a choice goes on after its end");
      begun.add(index);
      checkContent(objectOf(candidate["content"], "content"));
      if (finishReason === undefined) continue;
      rule(/^[A-Z][A-Z_]+$/.test(wordsOf(finishReason, "finishReason")), "an end that nobody knows");
      finished.add(index);
    }
  }
  if (end === "with an error") {
    rule(finished.size === 0, "a choice that broke says why it ended");
    return end;
  }
  rule(!finishes || begun.size === finished.size, "a choice has not finished");
  return finished.size > 0 ? "cleanly" : end;
}

function checkContent({ role, parts }: Fields): void {
  rule(role === "model", "somebody else speaks");
  const list = itemsOf(parts, "parts");
  rule(list.length > 0, "a candidate without parts");
  for (const value of list) {
    const part = objectOf(value, "a part");
    const call = part["functionCall"];
    rule((part["text"] === undefined) !== (call === undefined), "a part is not one thing");
    if (part["thoughtSignature"] !== undefined) wordsOf(part["thoughtSignature"], "thoughtSignature");
    rule(part["thought"] === undefined || part["thought"] === true, "thought is no mark");
    if (call === undefined) {
      wordsOf(part["text"], "text");
      continue;
    }
    const { id, name, args } = objectOf(call, "functionCall");
    wordsOf(id, "id");
    wordsOf(name, "name");
    objectOf(args, "args");
  }
}

function checkUsage(usage: Fields): void {
  for (const [name, value] of Object.entries(usage)) rule(isCount(value), `${name} is no count`);
}

function checkError(value: unknown): StreamEnd {
  const { code, message, status } = objectOf(value, "error");
  rule(isCount(code) && Number(code) >= 400, "the error has no code");
  rule(wordsOf(message, "message") !== "", "the error says nothing");
  rule(/^[A-Z_]+$/.test(wordsOf(status, "status")), "the error has no status");
  return "with an error";
}

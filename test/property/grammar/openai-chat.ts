/** The grammar of a stream of chat completion chunks (OpenAI API reference, "Streaming"). */
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

/** What the caller asked for. */
export interface ChatWish {
  readonly streamUsage: boolean;
  /** Every choice must say why it ended. */
  readonly finishes: boolean;
}

interface Choice {
  readonly calls: ("function" | "custom")[];
  refused: boolean;
  finished: boolean;
}

/** Judges a whole stream. */
export function checkChatStream(stream: string, wish: ChatWish): StreamVerdict {
  return verdictOf(() => new ChatChecker(wish).check(stream));
}

class ChatChecker {
  readonly #wish: ChatWish;
  readonly #choices = new Map<unknown, Choice>();
  #identity: readonly unknown[] | undefined;
  #usages = 0;

  constructor(wish: ChatWish) {
    this.#wish = wish;
  }

  check(stream: string): StreamEnd {
    let end: StreamEnd = "not at all";
    for (const { event, data } of framesOf(stream, "\n")) {
      rule(end === "not at all", "something follows the end");
      rule(event === undefined, "a frame has a name");
      if (data === "[DONE]") {
        end = "cleanly";
        continue;
      }
      const chunk = objectOf(JSON.parse(data), "a chunk");
      if (chunk["error"] === undefined) this.#chunk(chunk);
      else end = checkError(chunk["error"]);
    }
    if (end === "cleanly" && this.#wish.finishes) {
      rule(
        [...this.#choices.values()].every(({ finished }) => finished),
        "a choice has not finished",
      );
    }
    return end;
  }

  #chunk(chunk: Fields): void {
    const identity = [chunk["id"], chunk["object"], chunk["created"], chunk["model"]];
    this.#identity ??= identity;
    rule(isSame(identity, this.#identity), "chunks belong to different answers");
    rule(wordsOf(chunk["id"], "id").startsWith("chatcmpl-"), "the id is of another kind");
    rule(chunk["object"] === "chat.completion.chunk" && isCount(chunk["created"]), "it is no chunk");
    rule(this.#usages === 0, "a chunk follows the usage");
    const choices = itemsOf(chunk["choices"], "choices");
    if (choices.length === 0) {
      rule(this.#wish.streamUsage, "usage that nobody asked for");
      checkUsage(objectOf(chunk["usage"], "usage"));
      this.#usages += 1;
      return;
    }
    rule(chunk["usage"] === (this.#wish.streamUsage ? null : undefined), "usage stands in another chunk");
    for (const choice of choices) this.#choice(objectOf(choice, "choice"));
  }

  #choice({ index, delta, finish_reason: finish }: Fields): void {
    rule(isCount(index), "a choice has no number");
    const said = objectOf(delta, "delta");
    const known = this.#choices.get(index);
    rule(said["role"] === (known === undefined ? "assistant" : undefined), "the role is not in the first delta alone");
    const choice = known ?? { calls: [], refused: false, finished: false };
    this.#choices.set(index, choice);
    rule(!choice.finished, "a choice goes on after its end");
    for (const name of ["content", "refusal", "reasoning_content"]) {
      rule(said[name] === undefined || typeof said[name] === "string", `${name} is no text`);
    }
    choice.refused ||= typeof said["refusal"] === "string" && said["refusal"] !== "";
    if (said["tool_calls"] !== undefined) {
      for (const call of itemsOf(said["tool_calls"], "tool_calls")) checkCall(objectOf(call, "call"), choice.calls);
    }
    if (finish === null) return;
    choice.finished = true;
    rule(wordsOf(finish, "finish_reason") !== "", "the end has no reason");
    rule(Object.keys(said).length === 0, "the last delta says something");
    rule(finish !== "tool_calls" || choice.calls.length > 0, "it ended in calls without a call");
    rule(finish !== "stop" || choice.calls.length === 0 || choice.refused, "it ended in a stop with a call");
  }
}

function checkCall(call: Fields, calls: ("function" | "custom")[]): void {
  const { index, id, type } = call;
  rule(isCount(index) && Number(index) <= calls.length, "calls are not numbered one after the other");
  const isNew = index === calls.length;
  if (isNew) {
    rule(type === "function" || type === "custom", "a call has no kind");
    wordsOf(id, "the id of a call");
    calls.push(type);
  } else {
    rule(id === undefined && type === undefined, "a call begins twice");
  }
  const form = calls[Number(index)] ?? "function";
  const said = objectOf(call[form], form);
  rule(call[form === "custom" ? "function" : "custom"] === undefined, "a call is of two kinds");
  rule((said["name"] === undefined) !== isNew, "the name is not in the first delta alone");
  wordsOf(said[form === "custom" ? "input" : "arguments"], "the arguments");
}

function checkUsage(usage: Fields): void {
  for (const name of ["prompt_tokens", "completion_tokens", "total_tokens"]) {
    rule(usage[name] === undefined || isCount(usage[name]), `${name} is no count`);
  }
}

function checkError(value: unknown): StreamEnd {
  const error = objectOf(value, "error");
  rule(wordsOf(error["message"], "message") !== "" && typeof error["type"] === "string", "the error says nothing");
  rule("param" in error && "code" in error, "the error is not whole");
  return "with an error";
}

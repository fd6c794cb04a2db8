/** What a whole answer must hold for the clients of its protocol. */
import type { ChatProtocol } from "../../golden/pair-lane.ts";
import { type Fields, isCount, itemsOf, objectOf, rule, verdictOf, wordsOf } from "./stream-verdict.ts";

/** The first thing that is wrong with a whole answer; undefined when its clients understand it. */
export function wholeAnswerFault(protocol: ChatProtocol, body: unknown): string | undefined {
  return verdictOf(() => {
    const answer = objectOf(body, "the answer");
    switch (protocol) {
      case "openai-chat":
        checkCompletion(answer);
        break;
      case "openai-responses":
        checkResponse(answer);
        break;
      case "anthropic-messages":
        checkMessage(answer);
        break;
      case "gemini-generate":
        checkGemini(answer);
    }
    return "cleanly";
  }).broken;
}

function checkCompletion(answer: Fields): void {
  rule(answer["object"] === "chat.completion" && isCount(answer["created"]), "it is no completion");
  rule(wordsOf(answer["id"], "id").startsWith("chatcmpl-"), "the id is of another kind");
  for (const value of itemsOf(answer["choices"], "choices")) {
    const { index, message, finish_reason: finish } = objectOf(value, "choice");
    rule(isCount(index) && (finish === null || typeof finish === "string"), "a choice has no number or end");
    const { role, content, refusal, tool_calls: calls } = objectOf(message, "message");
    rule(role === "assistant", "somebody else speaks");
    rule(content === null || typeof content === "string", "content is no text");
    rule(refusal === null || typeof refusal === "string", "refusal is no text");
    rule(content !== null || refusal !== null || calls !== undefined, "a message says nothing at all");
    if (calls === undefined) continue;
    rule(itemsOf(calls, "tool_calls").length > 0, "an empty list of calls");
    for (const call of itemsOf(calls, "tool_calls")) {
      const { id, type, ...said } = objectOf(call, "call");
      wordsOf(id, "id");
      const form = objectOf(said[wordsOf(type, "type")], "call");
      wordsOf(form["name"], "name");
      wordsOf(form["arguments"] ?? form["input"], "arguments");
    }
  }
}

function checkResponse(answer: Fields): void {
  rule(answer["object"] === "response" && isCount(answer["created_at"]), "it is no response");
  const status = wordsOf(answer["status"], "status");
  rule((answer["error"] === null) === (status !== "failed"), "the error does not fit");
  rule((answer["incomplete_details"] === null) === (status !== "incomplete"), "why it is incomplete does not fit");
  const ids = new Set<unknown>();
  for (const value of itemsOf(answer["output"], "output")) {
    const item = objectOf(value, "item");
    rule(!ids.has(item["id"]), "two items have one id");
    ids.add(item["id"]);
    if (item["type"] === "message") {
      const content = itemsOf(item["content"], "content");
      rule(content.length > 0, "a message is empty");
      for (const part of content) wordsOf(objectOf(part, "part")["text"] ?? objectOf(part, "part")["refusal"], "text");
    } else if (item["type"] !== "reasoning") {
      wordsOf(item["call_id"], "call_id");
    }
  }
}

function checkMessage(answer: Fields): void {
  rule(answer["type"] === "message" && answer["role"] === "assistant", "it is no message");
  let calls = 0;
  for (const value of itemsOf(answer["content"], "content")) {
    const block = objectOf(value, "block");
    switch (block["type"]) {
      case "text":
        rule(wordsOf(block["text"], "text") !== "", "a text is empty");
        break;
      case "thinking":
        wordsOf(block["thinking"], "thinking");
        wordsOf(block["signature"], "signature");
        break;
      case "redacted_thinking":
        wordsOf(block["data"], "data");
        break;
      case "tool_use":
        calls += 1;
        rule(/^[A-Za-z0-9_-]+$/.test(wordsOf(block["id"], "id")), "an id leaves the alphabet");
        objectOf(block["input"], "input");
        break;
      default:
        rule(false, "a block that nobody knows");
    }
  }
  const reason = wordsOf(answer["stop_reason"], "stop_reason");
  rule(reason !== "tool_use" || calls > 0, "it ended in calls without a call");
  const usage = objectOf(answer["usage"], "usage");
  rule(isCount(usage["input_tokens"]) && isCount(usage["output_tokens"]), "a counter is missing");
}

function checkGemini(answer: Fields): void {
  wordsOf(answer["responseId"], "responseId");
  for (const value of itemsOf(answer["candidates"], "candidates")) {
    const { index, content } = objectOf(value, "candidate");
    rule(isCount(index), "a candidate has no number");
    const { role, parts } = objectOf(content, "content");
    rule(role === "model" && itemsOf(parts, "parts").length > 0, "a candidate without content");
    for (const part of itemsOf(parts, "parts")) {
      const { text, functionCall: call } = objectOf(part, "part");
      rule((text === undefined) !== (call === undefined), "a part is not one thing");
      if (call !== undefined) objectOf(objectOf(call, "call")["args"], "args");
    }
  }
}

import {
  objectsOf,
  piecesOf,
  type ProviderSpeech,
  runsOf,
  type ScriptedAnswer,
  scriptedUsage,
  seenResult,
  wordsOf,
} from "./scripted-answer.ts";
import type { UpstreamScript } from "./upstream-script.ts";

const inputUsage = {
  input_tokens: scriptedUsage.input - scriptedUsage.cached,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: scriptedUsage.cached,
};
const usage = {
  ...inputUsage,
  output_tokens: scriptedUsage.output,
  output_tokens_details: { thinking_tokens: scriptedUsage.reasoning },
};

type Fields = Record<string, unknown>;

/** A provider of Anthropic Messages with signed thoughts. */
export const anthropicSpeech: ProviderSpeech = {
  whole: (answer) => ({
    body: { ...emptyMessage, content: blocksOf(answer), stop_reason: stopOf(answer), usage },
  }),
  stream: (answer) => ({
    named: true,
    events: [
      { type: "message_start", message: { ...emptyMessage, usage: { ...inputUsage, output_tokens: 1 } } },
      { type: "ping" },
      ...blocksOf(answer).flatMap((block, index) => [
        { type: "content_block_start", index, content_block: begun(block) },
        ...deltasOf(block).map((delta) => ({ type: "content_block_delta", index, delta })),
        { type: "content_block_stop", index },
      ]),
      { type: "message_delta", delta: { stop_reason: stopOf(answer), stop_sequence: null }, usage },
      { type: "message_stop" },
    ],
  }),
  failure: (status, message, headers = {}) => ({
    status,
    headers,
    body: { type: "error", error: { type: errorTypes[status] ?? "api_error", message }, request_id: "req_upstream" },
  }),
  counted: (tokens) => ({ body: { input_tokens: tokens } }),
  isStreamed: (call) => call.json()["stream"] === true,
  declines: (call) => (call.json()["thread"] === undefined ? undefined : noThreads),
  turns: (call) => runsOf(objectsOf(call.json()["messages"]), (message) => message["role"] === "assistant"),
  results: (call) =>
    objectsOf(call.json()["messages"])
      .flatMap((message) => objectsOf(message["content"]))
      .filter((block) => block["type"] === "tool_result")
      .map((block) => seenResult(block["content"])),
  tools: (call) => objectsOf(call.json()["tools"]).map((tool) => String(tool["name"])),
};

const errorTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

/** Without a store: the official client's tool runner begins with a thread, and on this sends whole conversations. */
const noThreads: UpstreamScript = {
  status: 400,
  body: {
    type: "error",
    error: {
      type: "invalid_request_error",
      message: "thread: not supported",
      details: { error_code: "thread_unsupported_request", unsupported: ["thread"] },
    },
    request_id: "req_upstream",
  },
};

const emptyMessage: Fields = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "test-model",
  content: [],
  stop_reason: null,
  stop_sequence: null,
};

/** A refusal comes without any content, as recorded of the real service. */
function blocksOf({ thinking, text, calls }: ScriptedAnswer): Fields[] {
  return [
    ...(thinking === undefined ? [] : [{ type: "thinking", thinking: thinking.text, signature: thinking.token }]),
    ...(text === undefined ? [] : [{ type: "text", text, citations: null }]),
    ...(calls ?? []).map(({ id, name, input }) => ({ type: "tool_use", id, name, input: JSON.parse(input || "{}") })),
  ];
}

function stopOf(answer: ScriptedAnswer): string {
  if (answer.cutByLimit) return "max_tokens";
  if (answer.refusal !== undefined) return "refusal";
  return answer.calls === undefined ? "end_turn" : "tool_use";
}

function begun(block: Fields): Fields {
  switch (block["type"]) {
    case "thinking":
      return { type: "thinking", thinking: "", signature: "" };
    case "text":
      return { type: "text", text: "" };
    default:
      return { ...block, input: {} };
  }
}

function deltasOf(block: Fields): Fields[] {
  switch (block["type"]) {
    case "thinking":
      return [
        ...wordsOf(String(block["thinking"])).map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature: block["signature"] },
      ];
    case "text":
      return wordsOf(String(block["text"])).map((text) => ({ type: "text_delta", text }));
    default: {
      const text = JSON.stringify(block["input"]);
      const pieces = text === "{}" ? [""] : ["", ...piecesOf(text)];
      return pieces.map((partial_json) => ({ type: "input_json_delta", partial_json }));
    }
  }
}

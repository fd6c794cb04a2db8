import {
  objectsOf,
  piecesOf,
  type ProviderSpeech,
  runsOf,
  type ScriptedAnswer,
  type ScriptedCall,
  scriptedUsage,
  seenResult,
  wordsOf,
} from "./scripted-answer.ts";
import { chunk, failure } from "./upstream-script.ts";

const usage = {
  prompt_tokens: scriptedUsage.input,
  completion_tokens: scriptedUsage.output,
  total_tokens: scriptedUsage.input + scriptedUsage.output,
  prompt_tokens_details: { cached_tokens: scriptedUsage.cached },
  completion_tokens_details: { reasoning_tokens: scriptedUsage.reasoning },
};

/** A provider of OpenAI chat completions that shows its thoughts as `reasoning_content`. */
export const chatSpeech: ProviderSpeech = {
  whole: (answer) => ({
    body: {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "test-model",
      choices: [{ index: 0, message: messageOf(answer), logprobs: null, finish_reason: finishOf(answer) }],
      usage,
    },
  }),
  stream: (answer) => ({
    events: [
      chunk({ role: "assistant", content: "" }),
      ...deltasOf(answer).map((delta) => chunk(delta)),
      chunk({}, finishOf(answer)),
      { ...chunk({}), choices: [], usage },
      "[DONE]",
    ],
  }),
  failure: (status, message, headers) => failure(status, message, headers),
  counted: (tokens) => ({ body: { object: "response.input_tokens", input_tokens: tokens } }),
  isStreamed: (call) => call.json()["stream"] === true,
  turns: (call) => runsOf(objectsOf(call.json()["messages"]), (message) => message["role"] === "assistant"),
  results: (call) =>
    objectsOf(call.json()["messages"])
      .filter((message) => message["role"] === "tool")
      .map((message) => seenResult(message["content"])),
  tools: (call) =>
    objectsOf(call.json()["tools"]).map((tool) => {
      const { name } = (tool["function"] ?? tool["custom"]) as { name: string };
      return name;
    }),
};

function messageOf(answer: ScriptedAnswer): object {
  return {
    role: "assistant",
    content: answer.text ?? null,
    ...(answer.thinking === undefined ? {} : { reasoning_content: answer.thinking.text }),
    ...(answer.refusal === undefined ? {} : { refusal: answer.refusal }),
    ...(answer.calls === undefined ? {} : { tool_calls: answer.calls.map(callOf) }),
  };
}

function callOf(call: ScriptedCall): object {
  return call.custom
    ? { id: call.id, type: "custom", custom: { name: call.name, input: call.input } }
    : { id: call.id, type: "function", function: { name: call.name, arguments: call.input } };
}

/** The arguments of parallel calls come in turns, as some servers send them. */
function deltasOf(answer: ScriptedAnswer): object[] {
  const calls = answer.calls ?? [];
  const pieces = calls.map((call) => piecesOf(call.input));
  const rounds = Math.max(0, ...pieces.map((list) => list.length));
  return [
    ...wordsOf(answer.thinking?.text ?? "").map((word) => ({ reasoning_content: word })),
    ...wordsOf(answer.text ?? "").map((word) => ({ content: word })),
    ...wordsOf(answer.refusal ?? "").map((word) => ({ refusal: word })),
    ...calls.map((call, index) => ({ tool_calls: [{ index, ...callOf({ ...call, input: "" }) }] })),
    ...Array.from({ length: rounds }).flatMap((_, round) =>
      pieces.flatMap((list, index) => {
        const piece = list[round];
        const field = calls[index]?.custom ? { custom: { input: piece } } : { function: { arguments: piece } };
        return piece === undefined ? [] : [{ tool_calls: [{ index, ...field }] }];
      }),
    ),
  ];
}

function finishOf(answer: ScriptedAnswer): string {
  if (answer.cutByLimit) return "length";
  return answer.calls === undefined ? "stop" : "tool_calls";
}

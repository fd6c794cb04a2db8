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
import { failure } from "./upstream-script.ts";

const usage = {
  input_tokens: scriptedUsage.input,
  input_tokens_details: { cached_tokens: scriptedUsage.cached, cache_write_tokens: 0 },
  output_tokens: scriptedUsage.output,
  output_tokens_details: { reasoning_tokens: scriptedUsage.reasoning },
  total_tokens: scriptedUsage.input + scriptedUsage.output,
};

type Fields = Record<string, unknown>;

/** A provider of OpenAI Responses with encrypted thoughts; the false token of an unfinished item is there, as in reality. */
export const responsesSpeech: ProviderSpeech = {
  whole: (answer) => ({ body: responseOf(answer, itemsOf(answer)) }),
  stream: (answer) => ({ named: true, events: eventsOf(answer).map(numbered) }),
  failure: (status, message, headers) => failure(status, message, headers),
  counted: (tokens) => ({ body: { object: "response.input_tokens", input_tokens: tokens } }),
  isStreamed: (call) => call.json()["stream"] === true,
  turns: (call) => runsOf(inputOf(call.json()), isModels),
  results: (call) =>
    inputOf(call.json())
      .filter((item) => String(item["type"]).endsWith("_call_output"))
      .map((item) => seenResult(item["output"])),
  tools: (call) => {
    const body = call.json();
    const added = inputOf(body).filter((item) => item["type"] === "additional_tools");
    return [body, ...added].flatMap((holder) => objectsOf(holder["tools"])).flatMap(namesOf);
  },
};

function numbered(event: Fields, index: number): Fields {
  return { ...event, sequence_number: index };
}

function namesOf(tool: Fields): string[] {
  return tool["type"] === "namespace"
    ? objectsOf(tool["tools"]).flatMap(namesOf)
    : [String(tool["name"] ?? tool["type"])];
}

function inputOf(body: Fields): Fields[] {
  return objectsOf(body["input"]);
}

function isModels(item: Fields): boolean {
  return item["role"] === "assistant" || /^(reasoning|function_call|custom_tool_call)$/.test(String(item["type"]));
}

function responseOf(answer: ScriptedAnswer, output: readonly Fields[]): Fields {
  return {
    ...emptyResponse,
    status: answer.cutByLimit ? "incomplete" : "completed",
    completed_at: answer.cutByLimit ? null : 1_700_000_001,
    incomplete_details: answer.cutByLimit ? { reason: "max_output_tokens" } : null,
    output,
    usage,
  };
}

const emptyResponse: Fields = {
  id: "resp_1",
  object: "response",
  created_at: 1_700_000_000,
  completed_at: null,
  status: "in_progress",
  background: false,
  error: null,
  frequency_penalty: 0,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  model: "test-model",
  output: [],
  parallel_tool_calls: true,
  presence_penalty: 0,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: "default",
  store: false,
  temperature: 1,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: "disabled",
  usage: null,
};

function itemsOf(answer: ScriptedAnswer): Fields[] {
  const { thinking, text, refusal } = answer;
  return [
    ...(thinking === undefined
      ? []
      : [
          {
            id: "rs_1",
            type: "reasoning",
            summary: thinking.text === "" ? [] : [{ type: "summary_text", text: thinking.text }],
            encrypted_content: thinking.token,
          },
        ]),
    ...(text === undefined ? [] : [messageOf("msg_1", { type: "output_text", text, annotations: [], logprobs: [] })]),
    ...(refusal === undefined ? [] : [messageOf("msg_2", { type: "refusal", refusal })]),
    ...(answer.calls ?? []).map(callOf),
  ];
}

function messageOf(id: string, part: Fields): Fields {
  return { id, type: "message", role: "assistant", status: "completed", content: [part] };
}

function callOf(call: ScriptedCall, index: number): Fields {
  const space = call.namespace === undefined ? {} : { namespace: call.namespace };
  const both = { call_id: call.id, name: call.name, status: "completed", ...space };
  return call.custom
    ? { id: `ctc_${index}`, type: "custom_tool_call", ...both, input: call.input }
    : { id: `fc_${index}`, type: "function_call", ...both, arguments: call.input };
}

function eventsOf(answer: ScriptedAnswer): Fields[] {
  const items = itemsOf(answer);
  const response = responseOf(answer, items);
  return [
    { type: "response.created", response: emptyResponse },
    { type: "response.in_progress", response: emptyResponse },
    ...items.flatMap((item, index) => [
      { type: "response.output_item.added", output_index: index, item: begun(item) },
      ...deltasOf(item).map((event) => ({ ...event, output_index: index, item_id: item["id"] })),
      { type: "response.output_item.done", output_index: index, item },
    ]),
    { type: `response.${String(response["status"])}`, response },
  ];
}

function begun(item: Fields): Fields {
  switch (item["type"]) {
    case "message":
      return { ...item, status: "in_progress", content: [] };
    case "reasoning":
      return { ...item, summary: [], encrypted_content: "bm90IHRoaXMgb25l" };
    case "custom_tool_call":
      return { ...item, status: "in_progress", input: "" };
    default:
      return { ...item, status: "in_progress", arguments: "" };
  }
}

function deltasOf(item: Fields): Fields[] {
  switch (item["type"]) {
    case "message":
      return objectsOf(item["content"]).flatMap(contentEvents);
    case "reasoning":
      return objectsOf(item["summary"]).flatMap((part, summary_index) => [
        { type: "response.reasoning_summary_part.added", summary_index, part: { type: "summary_text", text: "" } },
        ...textEvents("response.reasoning_summary_text", { summary_index }, "text", String(part["text"])),
        { type: "response.reasoning_summary_part.done", summary_index, part },
      ]);
    case "custom_tool_call":
      return pieceEvents("response.custom_tool_call_input", "input", String(item["input"]));
    default:
      return pieceEvents("response.function_call_arguments", "arguments", String(item["arguments"]), {
        name: item["name"],
      });
  }
}

function contentEvents(part: Fields, content_index: number): Fields[] {
  const field = part["type"] === "refusal" ? "refusal" : "text";
  const extra = field === "text" ? { logprobs: [] } : {};
  const kind = field === "text" ? "response.output_text" : "response.refusal";
  return [
    { type: "response.content_part.added", content_index, part: { ...part, [field]: "" } },
    ...textEvents(kind, { content_index, ...extra }, field, String(part[field])),
    { type: "response.content_part.done", content_index, part },
  ];
}

function textEvents(kind: string, place: Fields, field: string, text: string): Fields[] {
  return [
    ...wordsOf(text).map((delta) => ({ type: `${kind}.delta`, ...place, delta })),
    { type: `${kind}.done`, ...place, [field]: text },
  ];
}

function pieceEvents(kind: string, field: string, text: string, extra: Fields = {}): Fields[] {
  const pieces = piecesOf(text).map((delta) => ({ type: `${kind}.delta`, delta }));
  return [...pieces, { type: `${kind}.done`, [field]: text, ...extra }];
}

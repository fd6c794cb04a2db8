import { isDeepStrictEqual } from "node:util";
import { objectsOf } from "../scripted-answer.ts";
import {
  type Answer,
  callLine,
  dataIn,
  type Fields,
  fieldsOf,
  type Frame,
  type GivenResult,
  joined,
  must,
  type Picture,
  pictureLine,
  type ToldCall,
  type Wire,
  wordOf,
} from "./wire.ts";

/** OpenAI Responses, without the server's memory, as agents use it. */
export const responsesWire: Wire = {
  name: "openai-responses",
  path: () => "/v1/responses",
  count: { path: () => "/v1/responses/input_tokens", tokens: (answer) => answer["input_tokens"] },
  begin: ({ text, system, picture, tools = [], thinks, form, own }) => ({
    ...(system === undefined ? {} : { instructions: system }),
    input: [
      {
        role: "user",
        content: [...(picture === undefined ? [] : [imageOf(picture)]), { type: "input_text", text }],
      },
    ],
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, schema, strict = false }) => ({
            type: "function",
            name,
            parameters: schema,
            strict,
          })),
        }),
    ...(thinks ? { reasoning: { effort: "high", summary: "auto" } } : {}),
    ...(form === undefined
      ? {}
      : { text: { format: { type: "json_schema", name: "form", schema: form, strict: true } } }),
    store: false,
    include: ["reasoning.encrypted_content"],
    ...own,
  }),
  goOn: (body, { turn }, { results = [], text }) => ({
    ...body,
    input: [
      ...objectsOf(body["input"]),
      ...turn,
      ...results.map(resultOf),
      ...(text === undefined ? [] : [{ role: "user", content: text }]),
    ],
  }),
  sent: (body, model, streamed) => ({ model, ...body, ...(streamed ? { stream: true } : {}) }),
  whole: (response) => answerOf(response, true),
  streamed: readStream,
  story: (body) => [
    ...(typeof body["instructions"] === "string" ? [`system: ${body["instructions"]}`] : []),
    ...objectsOf(body["input"]).flatMap(linesOf),
  ],
};

function imageOf({ mimeType, base64 }: Picture): Fields {
  return { type: "input_image", image_url: `data:${mimeType};base64,${base64}` };
}

function resultOf({ call, text, picture }: GivenResult): Fields {
  const output = picture === undefined ? text : [{ type: "input_text", text }, imageOf(picture)];
  return { type: call.custom ? "custom_tool_call_output" : "function_call_output", call_id: call.id, output };
}

function answerOf(response: Fields, isWhole: boolean): Answer {
  const items = objectsOf(response["output"]);
  const of = (type: string): Fields[] => items.filter((item) => item["type"] === type);
  const content = of("message").flatMap((item) => objectsOf(item["content"]));
  const reason = fieldsOf(response["incomplete_details"])["reason"];
  return {
    text: joined(content, "text"),
    thoughts: joined(
      of("reasoning").flatMap((item) => objectsOf(item["summary"])),
      "text",
    ),
    refusal: joined(content, "refusal"),
    calls: items.filter((item) => /^(function|custom_tool)_call$/.test(wordOf(item["type"]))).map(callOf),
    tokens: of("reasoning")
      .flatMap((item) => item["encrypted_content"] ?? [])
      .map(String),
    end: reason === undefined ? wordOf(response["status"]) : wordOf(reason),
    usage: objectsOf([response["usage"]])[0],
    turn: items,
    isWhole: isWhole && response["status"] !== "failed",
  };
}

function callOf(item: Fields): ToldCall {
  const custom = item["type"] === "custom_tool_call";
  const namespace = item["namespace"];
  return {
    id: wordOf(item["call_id"]),
    name: wordOf(item["name"]),
    input: wordOf(item[custom ? "input" : "arguments"]),
    ...(custom ? { custom } : {}),
    ...(typeof namespace === "string" ? { namespace } : {}),
  };
}

/** Numbers without gaps, names of types; the last response holds exactly the items that were done; deltas add up to them. */
function readStream(frames: readonly Frame[]): Answer {
  const events = frames.map(dataIn);
  for (const [position, event] of events.entries()) {
    must(frames[position]?.event === event["type"], "an event has the name of its type");
    must(event["sequence_number"] === position, "sequence numbers from 0 without gaps");
  }
  const done = events.filter(({ type }) => type === "response.output_item.done");
  const added = events.filter(({ type }) => type === "response.output_item.added");
  const items = done.map((event) => fieldsOf(event["item"]));
  for (const [index, event] of done.entries()) {
    must(event["output_index"] === index && added[index]?.["output_index"] === index, "items in order");
    const written = events.filter(({ type, output_index }) => isDelta(type) && output_index === index);
    must(joined(written, "delta") === contentOf(items[index] ?? {}), "deltas add up to the item");
  }
  const last = events.at(-1) ?? {};
  const isWhole = last["type"] === "response.completed" || last["type"] === "response.incomplete";
  const response = fieldsOf(last["response"]);
  if (isWhole) must(isDeepStrictEqual(response["output"], items), "the response holds the items that were done");
  const answer = answerOf({ ...response, output: items }, isWhole);
  if (last["type"] !== "response.failed") return answer;
  const texts = events.filter(({ type }) => type === "response.output_text.delta");
  return { ...answer, text: joined(texts, "delta"), failure: fieldsOf(response["error"]) };
}

function isDelta(type: unknown): boolean {
  return wordOf(type).endsWith(".delta");
}

function contentOf(item: Fields): string {
  const parts = [...objectsOf(item["summary"]), ...objectsOf(item["content"])];
  return joined(parts, "text") + joined(parts, "refusal") + wordOf(item["arguments"]) + wordOf(item["input"]);
}

function linesOf(item: Fields): string[] {
  switch (item["type"]) {
    case "reasoning":
      return [
        ...objectsOf(item["summary"]).map((part) => `thought: ${wordOf(part["text"])}`),
        `token ${wordOf(item["encrypted_content"])}`,
      ];
    case "function_call":
    case "custom_tool_call": {
      const { name, input, namespace } = callOf(item);
      return [callLine(namespace === undefined ? name : `${namespace}.${name}`, input)];
    }
    case "function_call_output":
    case "custom_tool_call_output":
      return contentLines("result", item["output"]);
    default:
      return contentLines(item["role"] === "developer" ? "system" : wordOf(item["role"]), item["content"]);
  }
}

function contentLines(role: string, content: unknown): string[] {
  if (typeof content === "string") return [`${role}: ${content}`];
  return objectsOf(content).map((part) =>
    part["type"] === "input_image"
      ? pictureLine(part["image_url"])
      : `${role}: ${wordOf(part["text"] ?? part["refusal"])}`,
  );
}

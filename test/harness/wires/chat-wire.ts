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

/** OpenAI chat completions. */
export const chatWire: Wire = {
  name: "openai-chat",
  path: () => "/v1/chat/completions",
  begin: ({ text, system, picture, tools = [], thinks, form, stop, own }) => ({
    messages: [
      ...(system === undefined ? [] : [{ role: "system", content: system }]),
      { role: "user", content: picture === undefined ? text : [imageOf(picture), { type: "text", text }] },
    ],
    ...(tools.length === 0 ? {} : { tools: tools.map(toolOf) }),
    ...(thinks ? { reasoning_effort: "high" } : {}),
    ...(form === undefined
      ? {}
      : { response_format: { type: "json_schema", json_schema: { name: "form", schema: form, strict: true } } }),
    ...(stop === undefined ? {} : { stop }),
    ...own,
  }),
  goOn: (body, { turn }, { results = [], text }) => ({
    ...body,
    messages: [
      ...objectsOf(body["messages"]),
      ...turn,
      ...results.map(resultOf),
      ...(text === undefined ? [] : [{ role: "user", content: text }]),
    ],
  }),
  sent: (body, model, streamed) => ({
    model,
    ...(streamed ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...body,
  }),
  whole(body) {
    const [choice = {}] = objectsOf(body["choices"]);
    must(body["object"] === "chat.completion", "the object");
    return answerOf(fieldsOf(choice["message"]), wordOf(choice["finish_reason"]), body["usage"], true);
  },
  streamed: readStream,
  story: (body) => objectsOf(body["messages"]).flatMap(linesOf),
};

function toolOf({ name, schema, strict }: { name: string; schema: Fields; strict?: boolean }): Fields {
  return { type: "function", function: { name, parameters: schema, ...(strict === undefined ? {} : { strict }) } };
}

function imageOf({ mimeType, base64 }: Picture): Fields {
  return { type: "image_url", image_url: { url: `data:${mimeType};base64,${base64}` } };
}

function resultOf({ call, text, picture }: GivenResult): Fields {
  const content = picture === undefined ? text : [{ type: "text", text }, imageOf(picture)];
  return { role: "tool", tool_call_id: call.id, content };
}

function answerOf(message: Fields, end: string, usage: unknown, isWhole: boolean): Answer {
  const { role, content, refusal, tool_calls } = message;
  must(role === "assistant", "the role");
  return {
    text: wordOf(content),
    thoughts: wordOf(message["reasoning_content"]),
    refusal: wordOf(refusal),
    calls: objectsOf(tool_calls).map(callOf),
    tokens: [],
    end,
    usage: usage === undefined ? undefined : fieldsOf(usage),
    turn: [message],
    isWhole,
  };
}

function callOf(call: Fields): ToldCall {
  const custom = call["type"] === "custom";
  const said = fieldsOf(call[custom ? "custom" : "function"]);
  const input = wordOf(said[custom ? "input" : "arguments"]);
  return { id: wordOf(call["id"]), name: wordOf(said["name"]), input, ...(custom ? { custom } : {}) };
}

/** One role, one finish, at most one usage, `[DONE]` last; names of calls once, their indices from 0. */
function readStream(frames: readonly Frame[]): Answer {
  must(
    frames.every(({ event }) => event === undefined),
    "no event has a name",
  );
  const isWhole = frames.at(-1)?.data === "[DONE]";
  const chunks = frames.filter(({ data }) => data !== "[DONE]").map(dataIn);
  const failure = chunks.find((chunk) => chunk["error"] !== undefined);
  const good = chunks.filter((chunk) => chunk !== failure);
  must(new Set(good.map((chunk) => chunk["id"])).size <= 1, "one id");
  const usages = good.filter((chunk) => objectsOf([chunk["usage"]]).length > 0);
  must(usages.length <= 1 && usages.every((chunk) => objectsOf(chunk["choices"]).length === 0), "one usage chunk");
  const choices = good.flatMap((chunk) => objectsOf(chunk["choices"]));
  const ends = choices.map((choice) => wordOf(choice["finish_reason"])).filter((end) => end !== "");
  must(ends.length <= 1, "one finish");
  const deltas = choices.map((choice) => fieldsOf(choice["delta"]));
  must(deltas.filter((delta) => delta["role"] !== undefined).length <= 1, "one role");
  const calls = callsIn(deltas.flatMap((delta) => objectsOf(delta["tool_calls"])));
  const text = joined(deltas, "content");
  const thoughts = joined(deltas, "reasoning_content");
  const refusal = joined(deltas, "refusal");
  const message = {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    ...(thoughts === "" ? {} : { reasoning_content: thoughts }),
    ...(refusal === "" ? {} : { refusal }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  const answer = answerOf(message, ends[0] ?? "", usages[0]?.["usage"], isWhole);
  return failure === undefined ? answer : { ...answer, failure: fieldsOf(failure["error"]) };
}

function callsIn(deltas: readonly Fields[]): Fields[] {
  return [...Map.groupBy(deltas, (delta) => delta["index"])].map(([index, own], position) => {
    must(index === position, "indices of calls from 0");
    const [first = {}, ...others] = own;
    must(wordOf(first["id"]) !== "" && others.every((delta) => delta["id"] === undefined), "one id for a call");
    const kind = wordOf(first["type"]);
    const field = kind === "custom" ? "input" : "arguments";
    const pieces = own.map((delta) => fieldsOf(delta[kind]));
    return { id: first["id"], type: kind, [kind]: { name: pieces[0]?.["name"], [field]: joined(pieces, field) } };
  });
}

function linesOf(message: Fields): string[] {
  const role = wordOf(message["role"]) === "developer" ? "system" : wordOf(message["role"]);
  const content = message["content"];
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : objectsOf(content);
  const thoughts = wordOf(message["reasoning_content"]);
  return [
    ...(thoughts === "" ? [] : [`thought: ${thoughts}`]),
    ...parts.map((part) =>
      part["type"] === "image_url"
        ? pictureLine(fieldsOf(part["image_url"])["url"])
        : `${role === "tool" ? "result" : role}: ${wordOf(part["text"])}`,
    ),
    ...objectsOf(message["tool_calls"])
      .map(callOf)
      .map(({ name, input }) => callLine(name, input)),
  ];
}

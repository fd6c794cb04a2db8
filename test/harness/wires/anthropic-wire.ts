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
  type Reply,
  type Wire,
  wordOf,
} from "./wire.ts";

/** Anthropic Messages. */
export const anthropicWire: Wire = {
  name: "anthropic-messages",
  path: () => "/v1/messages",
  count: { path: () => "/v1/messages/count_tokens", tokens: (answer) => answer["input_tokens"] },
  begin: ({ text, system, picture, tools = [], thinks, form, stop, own }) => ({
    max_tokens: thinks ? 32_000 : 4096,
    ...(system === undefined ? {} : { system }),
    messages: [{ role: "user", content: picture === undefined ? text : [imageOf(picture), { type: "text", text }] }],
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, schema, strict }) => ({
            name,
            input_schema: schema,
            ...(strict === undefined ? {} : { strict }),
          })),
        }),
    ...(thinks ? { thinking: { type: "enabled", budget_tokens: 16_384 } } : {}),
    ...(form === undefined ? {} : { output_config: { format: { type: "json_schema", schema: form } } }),
    ...(stop === undefined ? {} : { stop_sequences: stop }),
    ...own,
  }),
  goOn: (body, { turn }, reply) => ({
    ...body,
    messages: [
      ...objectsOf(body["messages"]),
      { role: "assistant", content: turn },
      { role: "user", content: replyOf(reply) },
    ],
  }),
  sent: (body, model, streamed) => ({ model, ...body, ...(streamed ? { stream: true } : {}) }),
  whole(message) {
    must(message["type"] === "message" && message["role"] === "assistant", "a message");
    return answerOf(objectsOf(message["content"]), message, true);
  },
  streamed: readStream,
  story: (body) => [
    ...(typeof body["system"] === "string" ? [`system: ${body["system"]}`] : []),
    ...objectsOf(body["system"]).map((block) => `system: ${wordOf(block["text"])}`),
    ...objectsOf(body["messages"]).flatMap(({ role, content }) =>
      (typeof content === "string" ? [{ type: "text", text: content }] : objectsOf(content)).flatMap((block) =>
        linesOf(wordOf(role), block),
      ),
    ),
  ],
};

function imageOf({ mimeType, base64 }: Picture): Fields {
  return { type: "image", source: { type: "base64", media_type: mimeType, data: base64 } };
}

function replyOf({ results = [], text }: Reply): Fields[] {
  return [...results.map(resultOf), ...(text === undefined ? [] : [{ type: "text", text }])];
}

function resultOf({ call, text, picture, failed }: GivenResult): Fields {
  const content = picture === undefined ? text : [{ type: "text", text }, imageOf(picture)];
  return { type: "tool_result", tool_use_id: call.id, content, ...(failed ? { is_error: true } : {}) };
}

function answerOf(blocks: readonly Fields[], message: Fields, isWhole: boolean): Answer {
  const of = (...types: string[]): Fields[] => blocks.filter(({ type }) => types.includes(wordOf(type)));
  must(
    of("text").every(({ text }) => text !== ""),
    "no empty text",
  );
  const end = wordOf(message["stop_reason"]);
  return {
    text: joined(of("text"), "text"),
    thoughts: joined(of("thinking"), "thinking"),
    refusal: end === "refusal" ? wordOf(fieldsOf(message["stop_details"])["explanation"]) : "",
    calls: of("tool_use").map(({ id, name, input }) => ({
      id: wordOf(id),
      name: wordOf(name),
      input: JSON.stringify(input),
    })),
    tokens: of("thinking", "redacted_thinking").map(({ signature, data }) => wordOf(signature ?? data)),
    end,
    usage: message["usage"] === undefined ? undefined : fieldsOf(message["usage"]),
    turn: blocks,
    isWhole,
  };
}

/** Blocks one after another from 0, each started, filled and stopped; every event has its name. */
function readStream(frames: readonly Frame[]): Answer {
  const blocks: Record<string, unknown>[] = [];
  let message: Fields = {};
  let open = false;
  let pieces = "";
  let isWhole = false;
  let failure: Fields | undefined;
  for (const [position, frame] of frames.entries()) {
    const data = dataIn(frame);
    must(frame.event === data["type"], "an event has the name of its type");
    must(!isWhole && failure === undefined, "nothing behind the end");
    must((position === 0) === (data["type"] === "message_start") || data["type"] === "error", "one start, first");
    switch (data["type"]) {
      case "message_start":
        message = fieldsOf(data["message"]);
        break;
      case "content_block_start":
        must(!open && data["index"] === blocks.length, "one block at a time, from 0");
        blocks.push({ ...fieldsOf(data["content_block"]) });
        open = true;
        pieces = "";
        break;
      case "content_block_delta":
        must(open && data["index"] === blocks.length - 1, "a delta belongs to the open block");
        pieces += fill(blocks.at(-1) ?? {}, fieldsOf(data["delta"]));
        break;
      case "content_block_stop":
        must(open && data["index"] === blocks.length - 1, "the open block stops");
        if (pieces !== "") Object.assign(blocks.at(-1) ?? {}, { input: JSON.parse(pieces) });
        open = false;
        break;
      case "message_delta":
        must(!open, "no block is open at the end");
        message = {
          ...message,
          ...fieldsOf(data["delta"]),
          usage: { ...fieldsOf(message["usage"]), ...fieldsOf(data["usage"]) },
        };
        break;
      case "message_stop":
        isWhole = true;
        break;
      case "error":
        failure = fieldsOf(data["error"]);
        break;
      default:
        must(data["type"] === "ping", `a known type, not ${String(data["type"])}`);
    }
  }
  const answer = answerOf(blocks, message, isWhole);
  return failure === undefined ? answer : { ...answer, failure };
}

/** Puts a delta into its block; pieces of arguments are given back instead. */
function fill(block: Record<string, unknown>, delta: Fields): string {
  const place = { text_delta: "text", thinking_delta: "thinking", signature_delta: "signature" }[wordOf(delta["type"])];
  if (delta["type"] === "input_json_delta") {
    must(block["type"] === "tool_use", "arguments in a call");
    return wordOf(delta["partial_json"]);
  }
  must(place !== undefined && (block["type"] === "text") === (place === "text"), "a delta of its block's kind");
  if (place !== undefined) block[place] = wordOf(block[place]) + wordOf(delta[place]);
  return "";
}

function linesOf(role: string, block: Fields): string[] {
  switch (block["type"]) {
    case "text":
      must(block["text"] !== "", "no empty text");
      return [`${role}: ${wordOf(block["text"])}`];
    case "image": {
      const { media_type, data } = fieldsOf(block["source"]);
      return [`picture ${wordOf(media_type)} ${wordOf(data)}`];
    }
    case "thinking":
      return [`thought: ${wordOf(block["thinking"])}`, `token ${wordOf(block["signature"])}`];
    case "redacted_thinking":
      return [`token ${wordOf(block["data"])}`];
    case "tool_use":
      return [callLine(wordOf(block["name"]), JSON.stringify(block["input"]))];
    case "tool_result": {
      const content = block["content"];
      const parts = typeof content === "string" ? [{ type: "text", text: content }] : objectsOf(content);
      return parts.flatMap((part) => linesOf("result", part));
    }
    default:
      return [`unknown ${JSON.stringify(block)}`];
  }
}

import { objectsOf } from "../scripted-answer.ts";
import {
  type Answer,
  callLine,
  dataIn,
  type Fields,
  fieldsOf,
  type GivenResult,
  joined,
  must,
  type Picture,
  type Wire,
  wordOf,
} from "./wire.ts";

/** Gemini's generateContent, streamed with `alt=sse`. */
export const geminiWire: Wire = {
  name: "gemini-generate",
  path: (model, streamed) =>
    `/v1beta/models/${model}:${streamed ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  count: { path: (model) => `/v1beta/models/${model}:countTokens`, tokens: (answer) => answer["totalTokens"] },
  begin: ({ text, system, picture, tools = [], thinks, form, stop, own }) => ({
    ...(system === undefined ? {} : { systemInstruction: { parts: [{ text: system }] } }),
    contents: [{ role: "user", parts: [...(picture === undefined ? [] : [inline(picture)]), { text }] }],
    ...(tools.length === 0
      ? {}
      : {
          tools: [{ functionDeclarations: tools.map(({ name, schema }) => ({ name, parametersJsonSchema: schema })) }],
        }),
    generationConfig: {
      ...(thinks ? { thinkingConfig: { thinkingLevel: "HIGH", includeThoughts: true } } : {}),
      ...(form === undefined ? {} : { responseMimeType: "application/json", responseJsonSchema: form }),
      ...(stop === undefined ? {} : { stopSequences: stop }),
    },
    ...own,
  }),
  goOn: (body, { turn }, { results = [], text }) => ({
    ...body,
    contents: [
      ...objectsOf(body["contents"]),
      { role: "model", parts: turn },
      { role: "user", parts: [...results.map(resultOf), ...(text === undefined ? [] : [{ text }])] },
    ],
  }),
  sent: (body) => body,
  whole: (body) => answerOf([body]),
  streamed(frames) {
    must(
      frames.every(({ event }) => event === undefined),
      "no event has a name",
    );
    return answerOf(frames.map(dataIn));
  },
  story: (body) => [
    ...partsIn(body["systemInstruction"]).map((part) => `system: ${wordOf(part["text"])}`),
    ...objectsOf(body["contents"]).flatMap((content) =>
      partsIn(content).flatMap((part) => linesOf(content["role"] === "model" ? "assistant" : "user", part)),
    ),
  ],
};

function partsIn(content: unknown): Fields[] {
  return objectsOf(fieldsOf(content)["parts"]);
}

function inline({ mimeType, base64 }: Picture): Fields {
  return { inlineData: { mimeType, data: base64 } };
}

function resultOf({ call, text, picture, failed }: GivenResult): Fields {
  const parts = picture === undefined ? {} : { parts: [inline(picture)] };
  const response = failed ? { error: text } : { output: text };
  return { functionResponse: { id: call.id, name: call.name, response, ...parts } };
}

/** Thoughts and text in pieces, calls whole, one finish, in the last frame. */
function answerOf(frames: readonly Fields[]): Answer {
  const failure = frames.find((frame) => frame["error"] !== undefined);
  const candidates = frames.flatMap((frame) => objectsOf(frame["candidates"]));
  const ends = candidates.map((candidate) => wordOf(candidate["finishReason"])).filter((end) => end !== "");
  must(ends.length <= 1 && (ends.length === 0 || candidates.at(-1)?.["finishReason"] === ends[0]), "one finish, last");
  const blocked = frames.map((frame) => wordOf(fieldsOf(frame["promptFeedback"])["blockReason"])).join("");
  const parts = candidates.flatMap((candidate) => partsIn(candidate["content"]));
  const calls = parts.filter((part) => part["functionCall"] !== undefined);
  const usages = frames.flatMap((frame) => objectsOf([frame["usageMetadata"]]));
  const answer: Answer = {
    text: joined(
      parts.filter((part) => part["thought"] !== true),
      "text",
    ),
    thoughts: joined(
      parts.filter((part) => part["thought"] === true),
      "text",
    ),
    refusal: wordOf(candidates.at(-1)?.["finishMessage"]),
    calls: calls.map((part) => {
      const { id, name, args } = fieldsOf(part["functionCall"]);
      return { id: wordOf(id), name: wordOf(name), input: JSON.stringify(args) };
    }),
    tokens: parts.flatMap((part) => (part["thoughtSignature"] === undefined ? [] : [wordOf(part["thoughtSignature"])])),
    end: ends[0] ?? blocked,
    usage: usages.at(-1),
    turn: parts,
    isWhole: ends.length === 1 || blocked !== "",
  };
  return failure === undefined ? answer : { ...answer, failure: fieldsOf(failure["error"]) };
}

function linesOf(role: string, part: Fields): string[] {
  const token = part["thoughtSignature"] === undefined ? [] : [`token ${wordOf(part["thoughtSignature"])}`];
  const call = fieldsOf(part["functionCall"]);
  if (part["functionCall"] !== undefined)
    return [...token, callLine(wordOf(call["name"]), JSON.stringify(call["args"]))];
  if (part["inlineData"] !== undefined) return [pictureIn(part)];
  const result = fieldsOf(part["functionResponse"]);
  if (part["functionResponse"] !== undefined) {
    const { output, error } = fieldsOf(result["response"]);
    const said = error === undefined ? wordOf(output) : `Error: ${wordOf(error)}`;
    return [`result: ${said}`, ...partsIn(result).map(pictureIn)];
  }
  return [...token, `${part["thought"] === true ? "thought" : role}: ${wordOf(part["text"])}`];
}

function pictureIn(part: Fields): string {
  const { mimeType, data } = fieldsOf(part["inlineData"]);
  return `picture ${wordOf(mimeType)} ${wordOf(data)}`;
}

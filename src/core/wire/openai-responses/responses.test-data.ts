import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import type { ChatRequest, Message } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import type { DecodeOptions, EncodeContext } from "#core/wire/codec.ts";
import { authorDialect, type Dialect } from "#core/wire/dialect.ts";
import { decodeJsonBody, type JsonBody } from "#core/wire/json-body.ts";
import { openAiResponsesCodec as codec } from "#core/wire/openai-responses/codec.ts";

/** An event of a stream as it was written. */
export type Frame = Readonly<Record<string, unknown>> & { readonly type: string; readonly sequence_number: number };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A request body from its fields. */
export function jsonBody(fields: object): JsonBody {
  return decodeJsonBody(encoder.encode(JSON.stringify(fields)));
}

/** A request as its caller wrote it, decoded; the model is filled in. */
export function decoded(fields: object): ChatRequest {
  const request = codec.decodeRequest(jsonBody({ model: "gpt-5", ...fields }), {});
  if (request.operation !== "chat") throw new Error("not a chat request");
  return request.chat;
}

/** The field that a request is refused for. */
export function refusedField(fields: object): unknown {
  try {
    codec.decodeRequest(jsonBody(fields), {});
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === "invalid_request") return thrown.details["field"];
    throw thrown;
  }
  return "accepted";
}

/** A model of OpenAI's that thinks. */
export const thinker: ModelFacts = {
  model: "gpt-5",
  reasoning: { by: "effort", levels: ["minimal", "low", "medium", "high"] },
  sampling: false,
  temperatureWithTopP: true,
  openAiReasoning: true,
  preferredApi: "responses",
  toolsInChat: true,
  forcedTools: true,
  midSystem: true,
  jsonSchema: true,
  jsonWithTools: true,
  resultMedia: true,
  needsThoughtSignature: false,
  prefill: false,
  cacheBreakpoints: false,
  input: ["text", "image", "file"],
};

/** A model of OpenAI's that does not. */
export const talker: ModelFacts = {
  ...thinker,
  model: "gpt-4o",
  reasoning: { by: "none" },
  sampling: true,
  openAiReasoning: false,
};

/** A conversation of one message. */
export const hi: readonly Message[] = [{ role: "user", parts: [{ type: "text", text: "hi" }] }];

/** What a provider is sent for a request, and what was noted on the way. */
export function encoded(
  chat: ChatRequest,
  facts: ModelFacts = thinker,
  dialect: Dialect = authorDialect,
): { body: Readonly<Record<string, unknown>>; notes: string[]; text: string } {
  const notes: string[] = [];
  const target = { model: "gpt-up", facts, dialect, note: (what: string) => notes.push(what) };
  const text = decoder.decode(codec.encodeRequest({ operation: "chat", chat }, target));
  return { body: JSON.parse(text), notes, text };
}

/** The context of an answer to a request. */
export function contextFor(fields: object = { input: "hi" }): EncodeContext {
  const body = jsonBody({ model: "gpt-5", ...fields });
  return {
    model: "gpt-5",
    requestId: "req_own",
    createdSeconds: 5,
    nowSeconds: () => 8,
    streamUsage: true,
    embeddingEncoding: "float",
    request: codec.decodeRequest(body, {}),
    body,
    address: {},
  };
}

export const options: DecodeOptions = { keepUsage: true, requestId: "req_own" };

/** The bytes of a stream with these events. */
export function streamOf(events: readonly object[]): Uint8Array {
  return encoder.encode(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
}

/** What the events of a stream mean. */
export function eventsOf(bytes: Uint8Array): ChatEvent[] {
  const stream = codec.createDecoder(options);
  return [...stream.push(bytes), ...stream.end()].flatMap((piece) => piece.events);
}

/** Events as the frames that a writer makes of them. */
export function framesOf(events: readonly ChatEvent[], context: EncodeContext = contextFor()): Frame[] {
  const writer = codec.createWriter(context);
  return parseFrames(events.map((event) => decoder.decode(writer.event(event))).join(""));
}

/** The data of frames, in order; every frame must name its own type. */
export function parseFrames(text: string): Frame[] {
  return text
    .split("\n\n")
    .filter((frame) => frame !== "" && !frame.startsWith(":"))
    .map((frame) => {
      const [, type, data] = /^event: (.*)\ndata: (.*)$/s.exec(frame) ?? [];
      const value = JSON.parse(data ?? "");
      if (value.type !== type) throw new Error(`the frame is named ${type} and says ${value.type}`);
      return value;
    });
}

/** Events without what only tells how they were cut: neighbouring texts of a kind are one. */
export function joined(events: readonly ChatEvent[]): ChatEvent[] {
  const result: ChatEvent[] = [];
  for (const event of events) {
    const last = result.at(-1);
    const alike = last !== undefined && "text" in last && "text" in event && last.type === event.type;
    const same = alike && (!("call" in last) || !("call" in event) || last.call === event.call);
    if (same) result[result.length - 1] = { ...last, text: last.text + event.text };
    else result.push(event);
  }
  return result;
}

/** The event that begins a stream. */
export const created = {
  type: "response.created",
  response: { id: "resp_1", model: "gpt-5", created_at: 7, status: "in_progress" },
};
/** The event that ends a stream; `more` is what its response says beside that. */
export const completed = (more: object = {}) => ({
  type: "response.completed",
  response: { id: "resp_1", model: "gpt-5", created_at: 7, status: "completed", output: [], ...more },
});
/** What `created` means. */
export const start = { type: "start", id: "resp_1", model: "gpt-5", createdSeconds: 7 } as const;
/** What `completed` means, when nothing was called. */
export const stop = { type: "finish", choice: 0, reason: "stop", raw: "completed" } as const;
/** The end of every answer. */
export const end = { type: "end" } as const;

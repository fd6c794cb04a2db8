/** What the tests of this room share. */
import type { ModelFacts } from "#core/catalog/model-facts.ts";
import { plainFacts } from "#core/catalog/plain-facts.test-data.ts";
import { chatOf } from "#core/chat/canonical-request.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { ChatRequest, Part } from "#core/chat/request.ts";
import { anthropicMessagesCodec as codec } from "#core/wire/anthropic-messages/codec.ts";
import type { EncodeContext } from "#core/wire/codec.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { recordOf } from "#core/wire/json-value.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A model that takes everything the protocol has and thinks by budget. */
export const ableFacts: ModelFacts = plainFacts({
  model: "claude-able",
  maxOutputTokens: 64_000,
  reasoning: { by: "budget", least: 1024, most: 63_999, off: true },
  midSystem: true,
  resultMedia: true,
  input: ["text", "image", "file"],
});

/** A model of the newest kind: it decides itself how much to think. */
export const adaptiveFacts: ModelFacts = {
  ...ableFacts,
  model: "claude-new",
  reasoning: { by: "adaptive", levels: ["low", "medium", "high", "xhigh", "max"], budgets: false },
  sampling: false,
  prefill: false,
};

type Fields = Readonly<Record<string, unknown>>;

/** The body that a chat is written as, and what was noted. */
export function encoded(
  changes: Partial<ChatRequest>,
  facts: ModelFacts = ableFacts,
): { readonly body: Fields; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const target = { model: facts.model, facts, dialect: authorDialect, note: (what: string) => notes.push(what) };
  const bytes = codec.encodeRequest({ operation: "chat", chat: plainChat(changes) }, target);
  return { body: recordOf(JSON.parse(decoder.decode(bytes))) ?? {}, notes };
}

/** The meaning of a body. */
export function decoded(body: Fields): ChatRequest {
  const whole = { model: "m", max_tokens: 10, messages: [{ role: "user", content: "hi" }], ...body };
  return chatOf(codec.decodeRequest(decodeJsonBody(encoder.encode(JSON.stringify(whole))), {}));
}

/** The meaning of blocks that one message holds, all of its parts in order. */
export function decodedBlocks(role: string, ...blocks: readonly Fields[]): readonly Part[] {
  return decoded({ messages: [{ role, content: blocks }] }).messages.flatMap(({ parts }) => parts);
}

/** What an encoder of answers is told. */
export const context: EncodeContext = {
  model: "claude-asked",
  requestId: "req_own",
  createdSeconds: 5,
  nowSeconds: () => 5,
  streamUsage: true,
  embeddingEncoding: "float",
  request: { operation: "chat", chat: plainChat({}) },
  body: decodeJsonBody(encoder.encode("{}")),
  address: {},
};

/** The frames that events are written as, as their data. */
export function written(events: readonly ChatEvent[]): Fields[] {
  const writer = codec.createWriter(context);
  return framesOf(events.map((event) => decoder.decode(writer.event(event))).join(""));
}

/** The data of frames, each of which must have one `event` line that says the same as its type. */
export function framesOf(stream: string): Fields[] {
  if (stream === "") return [];
  if (!stream.endsWith("\n\n")) throw new Error("The stream ends within a frame.");
  return stream
    .slice(0, -2)
    .split("\n\n")
    .map((frame) => {
      const [, event, data = ""] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? [];
      const fields = recordOf(JSON.parse(data)) ?? {};
      if (event !== fields["type"]) throw new Error(`A frame is named ${event}: ${frame}`);
      return fields;
    });
}

/** A whole stream as a provider sends it. */
export function streamOf(...frames: readonly Fields[]): Uint8Array {
  const text = frames.map((frame) => `event: ${String(frame["type"])}\ndata: ${JSON.stringify(frame)}\n\n`).join("");
  return encoder.encode(text);
}

/** The events of a provider's stream. */
export function streamed(...frames: readonly Fields[]): ChatEvent[] {
  const stream = codec.createDecoder({ keepUsage: true, requestId: "req_own" });
  const pieces = [...stream.push(streamOf(...frames)), ...stream.end()];
  return pieces.flatMap((piece) => piece.events);
}

/** Frames of a good stream around blocks. */
export function messageOf(stopReason: string, ...blocks: readonly (readonly Fields[])[]): Fields[] {
  const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-x", content: [] };
  return [
    { type: "message_start", message: { ...message, usage: { input_tokens: 10, output_tokens: 1 } } },
    ...blocks.flatMap(([start, ...deltas], index) => [
      { type: "content_block_start", index, content_block: start },
      ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index },
    ]),
    {
      type: "message_delta",
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { input_tokens: 10, cache_read_input_tokens: 4, cache_creation_input_tokens: 6, output_tokens: 9 },
    },
    { type: "message_stop" },
  ];
}

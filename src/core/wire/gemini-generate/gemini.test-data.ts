/** What tests of Gemini's codecs have in common. */
import { plainFacts } from "#core/catalog/plain-facts.test-data.ts";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import fc from "fast-check";
import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";
import type { ChatRequest } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import type { EncodeContext, EncodeTarget, RequestAddress } from "#core/wire/codec.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { geminiGenerateCodec as codec } from "#core/wire/gemini-generate/codec.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const bytes = (text: string): Uint8Array => encoder.encode(text);
export const text = (written: Uint8Array): string => decoder.decode(written);
export const json = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
export const body = (value: unknown): ReturnType<typeof decodeJsonBody> => decodeJsonBody(json(value));

/** A model of the third generation; `gemini25` is one of the second and a half. */
export const gemini3: ModelFacts = plainFacts({
  model: "gemini-3-pro",
  maxOutputTokens: 65_536,
  reasoning: { by: "effort", levels: ["low", "medium", "high"] },
  resultMedia: true,
  needsThoughtSignature: true,
  input: ["text", "image", "audio", "video", "file"],
});

export const gemini25: ModelFacts = {
  ...gemini3,
  model: "gemini-2.5-flash",
  reasoning: { by: "budget", least: 1, most: 24_576, off: true },
  jsonWithTools: false,
  resultMedia: false,
  needsThoughtSignature: false,
};

/** A target and what was noted for it. */
export function targetOf(facts: ModelFacts = gemini25): { readonly target: EncodeTarget; readonly notes: string[] } {
  const notes: string[] = [];
  return { notes, target: { model: facts.model, facts, dialect: authorDialect, note: (what) => notes.push(what) } };
}

/** The meaning of a body that a Gemini caller sent. */
export function decodeChat(value: unknown, address: RequestAddress = { model: "m" }): ChatRequest {
  const request = codec.decodeRequest(body(value), address);
  if (request.operation !== "chat") throw new Error("is no chat");
  return request.chat;
}

/** What is sent to Gemini for a chat, and what was noted. */
export function encodeChat(
  chat: Partial<ChatRequest>,
  facts: ModelFacts = gemini25,
): { readonly sent: Record<string, unknown>; readonly written: string; readonly notes: readonly string[] } {
  const { target, notes } = targetOf(facts);
  const written = text(codec.encodeRequest({ operation: "chat", chat: plainChat(chat) }, target));
  return { sent: JSON.parse(written), written, notes };
}

export const options = { keepUsage: true, requestId: "req_abc" } as const;

/** What a writer is told; `jsonArray` for a stream without `alt=sse`. */
export function contextOf(jsonArray: boolean = false): EncodeContext {
  return {
    model: "gemini-x",
    requestId: "req_abc",
    createdSeconds: 5,
    nowSeconds: () => 5,
    streamUsage: true,
    embeddingEncoding: "float",
    request: { operation: "chat", chat: plainChat() },
    body: body({}),
    address: { model: "gemini-x", stream: true, jsonArray },
  };
}

/** Frames as Gemini sends them. */
export const frames = (...values: readonly unknown[]): string =>
  values.map((value) => `data: ${JSON.stringify(value)}\r\n\r\n`).join("");

/** A frame with one candidate. */
export const candidate = (parts: readonly unknown[], more: object = {}): unknown => ({
  candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
});

/** The pieces of a stream that arrived in these chunks. */
export function decodePieces(chunks: readonly Uint8Array[]): ReplyPiece[] {
  const stream = codec.createDecoder(options);
  return [...chunks.flatMap((chunk) => stream.push(chunk)), ...stream.end()];
}

/** The events of a stream. */
export function decodeStream(stream: string): ChatEvent[] {
  return decodePieces([bytes(stream)]).flatMap(({ events }) => events);
}

/** What a writer makes of events. */
export function writeStream(events: readonly ChatEvent[], jsonArray: boolean = false): string {
  const writer = codec.createWriter(contextOf(jsonArray));
  return events.map((event) => text(writer.event(event))).join("");
}

/** The gateway error that something throws. */
export function refusalOf(act: () => unknown): GatewayError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error("was accepted");
}

/** The end of a candidate. */
export const stop = { finishReason: "STOP" };
/** Counts as a frame has them. */
export const usage = (count: number) => ({
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: count, totalTokenCount: count + 1 },
});
/** An answer in three frames: a thought, a text and a call with its signature. */
export const hello: readonly unknown[] = [
  { ...(candidate([{ text: "T", thought: true }]) as object), ...usage(1) },
  { ...(candidate([{ text: "Grüße 😀\n" }]) as object), ...usage(1) },
  {
    ...(candidate(
      [{ functionCall: { id: "c", name: "f", args: { a: '}]\\"' } }, thoughtSignature: "s" }],
      stop,
    ) as object),
    ...usage(4),
  },
];
/** What those frames mean. */
export const meaning: ChatEvent[] = [
  { type: "start" },
  { type: "usage", usage: { inputTokens: 1, outputTokens: 1 } },
  { type: "reasoning", choice: 0, text: "T" },
  { type: "text", choice: 0, text: "Grüße 😀\n" },
  { type: "usage", usage: { inputTokens: 1, outputTokens: 4 } },
  { type: "reasoning-token", choice: 0, token: { kind: "thought", data: "s" } },
  { type: "tool-call", choice: 0, call: 0, id: "c", name: "f" },
  { type: "tool-arguments", choice: 0, call: 0, text: '{"a":"}]\\\\\\""}' },
  { type: "finish", choice: 0, reason: "tool_calls", raw: "STOP" },
  { type: "end" },
];
/** All ways to cut a text into three, by bytes. */
export function cuts(stream: string): fc.Arbitrary<Uint8Array[]> {
  const whole = bytes(stream);
  return fc.tuple(fc.nat(whole.length), fc.nat(whole.length)).map(([a, b]) => {
    const [first, second] = a < b ? [a, b] : [b, a];
    return [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)];
  });
}

/** The four protocols that conversations are held in, as writers, with the grammar that judges each. */
import type { ChatEvent } from "#core/chat/event.ts";
import { codecs } from "#core/wire/codecs.ts";
import type { EncodeContext, StreamWriter } from "#core/wire/codec.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import type { ChatProtocol } from "../golden/pair-lane.ts";
import { checkMessageStream } from "./grammar/anthropic-messages.ts";
import { checkGeminiStream } from "./grammar/gemini-generate.ts";
import { checkChatStream } from "./grammar/openai-chat.ts";
import { checkResponsesStream } from "./grammar/openai-responses.ts";
import type { StreamVerdict } from "./grammar/stream-verdict.ts";

/** What the caller of a stream asked for, as far as it shows in the stream. */
export interface CallerWish {
  readonly streamUsage: boolean;
  readonly jsonArray: boolean;
  readonly logprobs: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const bodies: Readonly<Record<ChatProtocol, string>> = {
  "openai-chat": '{"model":"asked","messages":[{"role":"user","content":"hi"}]',
  "openai-responses": '{"model":"asked","input":"hi","tools":[{"type":"local_shell"}]',
  "anthropic-messages": '{"model":"asked","max_tokens":9,"messages":[{"role":"user","content":"hi"}]',
  "gemini-generate": '{"contents":[{"role":"user","parts":[{"text":"hi"}]}]',
};

/** What a writer of the protocol is told of its call. */
export function contextOf(protocol: ChatProtocol, { streamUsage, jsonArray, logprobs }: CallerWish): EncodeContext {
  const asked = logprobs && protocol === "openai-responses" ? ',"top_logprobs":1' : "";
  const body = decodeJsonBody(encoder.encode(`${bodies[protocol]}${asked}}`));
  const address = protocol === "gemini-generate" ? { model: "asked", stream: true, jsonArray } : {};
  return {
    model: "asked",
    requestId: "req_own",
    createdSeconds: 5,
    nowSeconds: () => 6,
    streamUsage,
    embeddingEncoding: "float",
    request: codecs[protocol].decodeRequest(body, address),
    body,
    address,
  };
}

/** Everything that a writer gives for these events, as text. */
export function writtenBy(writer: StreamWriter, events: readonly ChatEvent[]): string {
  return events.map((event) => decoder.decode(writer.event(event))).join("");
}

/** How the grammar of the protocol judges a stream; `orderly` when the answer behind it was a proper one. */
export function judge(protocol: ChatProtocol, stream: string, wish: CallerWish, orderly: boolean): StreamVerdict {
  switch (protocol) {
    case "openai-chat":
      return checkChatStream(stream, { streamUsage: wish.streamUsage, finishes: orderly });
    case "openai-responses":
      return checkResponsesStream(stream);
    case "anthropic-messages":
      return checkMessageStream(stream, orderly);
    case "gemini-generate":
      return checkGeminiStream(stream, { jsonArray: wish.jsonArray, finishes: orderly });
  }
}

import type { ChatRequest } from "#core/chat/request.ts";
import type { EncodeTarget, RequestAddress } from "#core/wire/codec.ts";
import { encodeGenerateRequest } from "#core/wire/gemini-generate/encode-request.ts";
import { GeminiFields } from "#core/wire/gemini-generate/fields.ts";
import { decodeGenerateFields, modelPath } from "#core/wire/gemini-generate/request.ts";

/**
 * The request whose tokens are to be counted: the whole of it in `generateContentRequest`, or the conversation alone (Vertex
 * AI: all of it) in the body itself. Throws `invalid_request` naming the field.
 */
export function decodeCountRequest(value: Readonly<Record<string, unknown>>, address: RequestAddress): ChatRequest {
  const body = new GeminiFields(value);
  return decodeGenerateFields(body.fields("generateContentRequest") ?? body, address);
}

/** A request to count tokens, with all that counts: Gemini takes system text and tools only inside a whole request. */
export function encodeCountRequest(chat: ChatRequest, target: EncodeTarget): string {
  const request = encodeGenerateRequest(chat, target);
  return `{"generateContentRequest":{"model":${JSON.stringify(modelPath(target.model))},${request.slice(1)}}`;
}

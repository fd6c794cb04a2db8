import type { ChatRequest, EmbeddingRequest } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";

/** What a call wants: an answer, vectors, or the number of tokens of what it would ask. */
export type Operation = "chat" | "embeddings" | "count";

/** What a call means, by operation. */
export type CanonicalRequest =
  | { readonly operation: "chat"; readonly chat: ChatRequest }
  | { readonly operation: "count"; readonly chat: ChatRequest }
  | { readonly operation: "embeddings"; readonly embedding: EmbeddingRequest };

/** Whether the caller wants its answer event by event. */
export function isStreamed(request: CanonicalRequest): boolean {
  return request.operation === "chat" && request.chat.stream;
}

/** Characters of a model's name; no cloud has longer ones. What is longer would only be remembered, searched and booked. */
export const longestModelName = 2048;

/** The model that the caller asks for. */
export function requestedModel(request: CanonicalRequest): string {
  return request.operation === "embeddings" ? request.embedding.model : request.chat.model;
}

/** The conversation of a request; protocols of chat and counting have no other kind. Throws `internal` for embeddings. */
export function chatOf(request: CanonicalRequest): ChatRequest {
  if (request.operation !== "embeddings") return request.chat;
  throw new GatewayError("internal", "A call for embeddings was to be written as a conversation.");
}

/** What is to be embedded. Throws `internal` for a conversation. */
export function embeddingOf(request: CanonicalRequest): EmbeddingRequest {
  if (request.operation === "embeddings") return request.embedding;
  throw new GatewayError("internal", "A conversation was to be written as a call for embeddings.");
}

/** The request with a limit on its answer where the caller named none; itself where it did, or there is nothing to limit. */
export function withOutputLimit(request: CanonicalRequest, maxOutputTokens: number | undefined): CanonicalRequest {
  if (maxOutputTokens === undefined || request.operation !== "chat") return request;
  if (request.chat.maxOutputTokens !== undefined) return request;
  return { ...request, chat: { ...request.chat, maxOutputTokens } };
}

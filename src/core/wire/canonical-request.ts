import type { CanonicalRequest } from "#core/wire/codec.ts";

/** Whether the caller wants its answer event by event. */
export function isStreamed(request: CanonicalRequest): boolean {
  return request.operation === "chat" && request.chat.stream;
}

/** The model that the caller asks for. */
export function requestedModel(request: CanonicalRequest): string {
  return request.operation === "chat" ? request.chat.model : request.embedding.model;
}

import type { ChatEvent } from "#core/chat/event.ts";
import type { ReplyPiece } from "#core/chat/reply.ts";
import type { ChatRequest, EmbeddingRequest } from "#core/chat/request.ts";
import type { GatewayError } from "#core/errors.ts";
import type { JsonBody } from "#core/wire/json-body.ts";

/** A wire protocol that a client or a provider may speak. */
export type Protocol = "openai-chat" | "openai-embeddings";

/** What a call means, by operation. */
export type CanonicalRequest =
  | { readonly operation: "chat"; readonly chat: ChatRequest }
  | { readonly operation: "embeddings"; readonly embedding: EmbeddingRequest };

/** What an encoder must know that the events do not say. */
export interface EncodeContext {
  /** Model name shown to the caller: the one it asked for. */
  readonly model: string;
  /** What the caller knows the call by; an answer whose provider gave it no id gets one made of this. */
  readonly requestId: string;
  readonly createdSeconds: number;
  /** Whether usage belongs into the stream. */
  readonly streamUsage: boolean;
  /** How vectors are written. */
  readonly embeddingEncoding: "float" | "base64";
}

/** Turns network bytes into pieces, whatever way they were cut. `end` throws `upstream_truncated` on a half frame. */
export interface PieceDecoder {
  push(bytes: Uint8Array): ReplyPiece[];
  end(): ReplyPiece[];
}

/** An error as it goes over the wire. */
export interface RenderedError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** One protocol, both directions. Pure: no state outside the decoders and encoders it makes. */
export interface Codec {
  readonly protocol: Protocol;

  /** Throws `invalid_request` naming the field. */
  decodeRequest(body: JsonBody): CanonicalRequest;

  /** The provider's whole body as events. Throws `upstream_bad_response`, or the error inside a 200 body. */
  decodeWhole(body: Uint8Array): ChatEvent[];
  encodeWhole(events: readonly ChatEvent[], context: EncodeContext): Uint8Array;

  createDecoder(options: { readonly keepUsage: boolean }): PieceDecoder;
  /** A function from one event to SSE bytes (possibly none). */
  createEncoder(context: EncodeContext): (event: ChatEvent) => Uint8Array;

  /** Our error in the caller's envelope. */
  renderError(error: GatewayError, requestId: string): RenderedError;
  /** The same after 200 was sent: an in-stream event that does not look like a clean end. */
  renderStreamError(error: GatewayError, requestId: string): Uint8Array;
  /** Keeps a silent stream open without meaning anything. */
  readonly heartbeat: Uint8Array;
  /** A line that readers of a stream pass over; empty where the protocol has no place for one. */
  comment(line: string): Uint8Array;

  /** A provider's non-2xx answer as an error; `retryAfter` and `retryAfterMs` are header texts. */
  readError(status: number, body: Uint8Array, headers: RetryHeaders): GatewayError;
}

/** The headers of a refusal that say what its body is and when to come back. */
export interface RetryHeaders {
  readonly contentType?: string;
  readonly retryAfter?: string;
  readonly retryAfterMs?: string;
  /** The provider's own `date`, against which a `retry-after` date is read. */
  readonly date?: string;
}

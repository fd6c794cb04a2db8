import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { CanonicalRequest, Operation } from "#core/chat/canonical-request.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import type { OpaqueToken } from "#core/chat/request.ts";
import type { ErrorFamily, GatewayError } from "#core/errors.ts";
import type { Dialect } from "#core/wire/dialect.ts";
import type { Fidelity } from "#core/wire/fidelity.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

/** A wire format that a client or a provider may speak, one for each operation of each family. */
export type Protocol =
  | "openai-chat"
  | "openai-responses"
  | "openai-completions"
  | "openai-embeddings"
  | "openai-count-tokens"
  | "anthropic-messages"
  | "anthropic-count-tokens"
  | "gemini-generate"
  | "gemini-count-tokens"
  | "gemini-embeddings";

/** What the address of a call says beside its body, in protocols that put it there. */
export interface RequestAddress {
  readonly model?: string;
  readonly stream?: boolean;
  /** Gemini without `alt=sse`: the stream is one JSON array. */
  readonly jsonArray?: boolean;
}

/** What an encoder must know that the events do not say. */
export interface EncodeContext {
  /** Model name shown to the caller: the one it asked for. */
  readonly model: string;
  /** What the caller knows the call by; an answer whose provider gave it no id gets one made of this. */
  readonly requestId: string;
  readonly createdSeconds: number;
  /** The time when it is asked, for what an answer says of its end. */
  readonly nowSeconds: () => number;
  /** Whether usage belongs into the stream. */
  readonly streamUsage: boolean;
  /** How vectors are written. */
  readonly embeddingEncoding: "float" | "base64";
  /** The call itself, for what an answer repeats of it. */
  readonly request: CanonicalRequest;
  readonly body: JsonBody;
  readonly address: RequestAddress;
  /** Whether the answer can be asked for later by its id; absent where nobody expects that. */
  readonly kept?: boolean;
}

/** Turns network bytes into pieces, whatever way they were cut. `end` throws `upstream_truncated` on a half frame. */
export interface PieceDecoder {
  push(bytes: Uint8Array): ReplyPiece[];
  end(): ReplyPiece[];
}

/** Writes one stream to the caller. Every method gives bytes to send, possibly none. */
export interface StreamWriter {
  readonly contentType: string;
  /** One event of a translated answer. After `end` or `error` nothing more is written. */
  event(event: ChatEvent): Uint8Array;
  /** A piece in the provider's own bytes, of this protocol. */
  raw(piece: ReplyPiece & { readonly raw: Uint8Array }): Uint8Array;
  /** An error after 200 was sent: never looks like a clean end. The stream is then over. */
  fail(error: GatewayError): Uint8Array;
  /** Keeps a silent stream open without meaning anything. */
  heartbeat(): Uint8Array;
  /** A line that readers of a stream pass over; empty where the protocol has no place for one. */
  comment(line: string): Uint8Array;
}

/** An error as it goes over the wire. */
export interface RenderedError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Whom a request is written for. */
export interface EncodeTarget {
  /** The model name to ask the provider for. */
  readonly model: string;
  readonly facts: ModelFacts;
  readonly dialect: Dialect;
  /** What the caller calls the conversation, for refusals; `messages` when absent. */
  readonly conversation?: string;
  /** Records that something was left out or changed: a feature, or a path of the caller's request. */
  note(what: string): void;
}

/** What a protocol, as a provider's, can say of tools and turns; what it cannot is rewritten before `encodeRequest`. */
export interface WireTraits {
  /** Names of tools: allowed characters and longest length. */
  readonly toolName: { readonly pattern: RegExp; readonly most: number };
  /** Ids of calls. */
  readonly callId: { readonly pattern: RegExp; readonly most: number };
  readonly namespaces: boolean;
  readonly customTools: boolean;
  /** Whether system messages may stand in the middle of the conversation. */
  readonly midSystem: boolean;
  /** What a call may be answered with: pictures inside the result, or text alone. */
  readonly resultMedia: boolean;
  /** Whether it takes pictures of the kinds HEIC and HEIF. */
  readonly heic: boolean;
  /** Whether every call must be answered in the next turn. */
  readonly answeredCalls: boolean;
  /** Kinds of opaque tokens it has a place for. */
  readonly tokens: readonly OpaqueToken["kind"][];
  /** Whether it stops at the given texts itself; otherwise the gateway cuts the answer. */
  readonly stops: boolean;
}

/** What a gateway changes in a body that it forwards. */
export interface Forwarding {
  readonly model: string;
  /** Ask for usage in the stream even if the caller did not. */
  readonly askUsage: boolean;
  /** Call the output limit `limitField`, the only name under which the model takes it. */
  readonly renameLimit?: boolean;
  /** Most tokens of the answer, where the caller's body names none; chat completions say it under the name `limitField`. */
  readonly outputLimit?: number;
  readonly limitField?: "max_tokens" | "max_completion_tokens";
}

/** What is read of a stream beside its protocol. */
export interface DecodeOptions {
  /** Whether usage that the caller did not ask for stays in the bytes. */
  readonly keepUsage: boolean;
  /** Base of the ids of calls that the provider left without one. */
  readonly requestId: string;
}

/** One protocol, both directions. Pure: no state outside the decoders and writers it makes. */
export interface Codec {
  readonly protocol: Protocol;
  readonly operation: Operation;
  /** Whose error envelope it has. */
  readonly family: ErrorFamily;
  /** What becomes of each field; absent for protocols that only pass through. */
  readonly fidelity?: Fidelity;

  /** Throws `invalid_request` naming the field. */
  decodeRequest(body: JsonBody, address: RequestAddress): CanonicalRequest;
  /** The caller's body with what must change changed, everything else byte for byte. */
  forwardRequest(body: JsonBody, forwarding: Forwarding): Uint8Array;
  /**
   * The caller's body without the opaque tokens that `decide` drops (the thinking that carries one goes with it), or with
   * others in their place; undefined when nothing changes.
   */
  replaceTokens(body: JsonBody, decide: (token: string) => TokenDecision): Uint8Array | undefined;

  /** What can be said in this protocol to this target. */
  traits(target: EncodeTarget): WireTraits;
  /** The request in this protocol, stable byte for byte from turn to turn. Throws `unsupported_value` naming the field. */
  encodeRequest(request: CanonicalRequest, target: EncodeTarget): Uint8Array;

  /** The provider's whole body as events. Throws `upstream_bad_response`, or the error inside a 200 body. */
  decodeWhole(body: Uint8Array, options: DecodeOptions): ChatEvent[];
  encodeWhole(events: readonly ChatEvent[], context: EncodeContext): Uint8Array;

  createDecoder(options: DecodeOptions): PieceDecoder;
  createWriter(context: EncodeContext): StreamWriter;

  /** Our error in the caller's envelope. */
  renderError(error: GatewayError, requestId: string): RenderedError;
  /** A provider's non-2xx answer as an error. */
  readError(status: number, body: Uint8Array, headers: RefusalHeaders): GatewayError;

  /** Callers' headers, lower case, that go upstream in this protocol. A closed list. */
  readonly forwardedHeaders: readonly string[];
}

/** What becomes of an opaque token in a forwarded body. */
export type TokenDecision = "keep" | "drop" | { readonly replace: string };

/** The headers of a refusal that say what its body is, when to come back and what its provider knows it by. */
export interface RefusalHeaders {
  readonly contentType?: string;
  readonly requestId?: string;
  readonly retryAfter?: string;
  readonly retryAfterMs?: string;
  /** The provider's own `date`, against which a `retry-after` date is read. */
  readonly date?: string;
}

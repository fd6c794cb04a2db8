import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { MediaPart } from "#core/chat/request.ts";
import type { ProviderReply } from "#core/routing/provider-reply.ts";
import type { Protocol, RequestAddress } from "#core/wire/codec.ts";
import type { JsonBody } from "#core/wire/json-body.ts";

/** One attempt as a provider sees it. */
export interface ProviderCall {
  readonly requestId: string;
  /** The caller's protocol. */
  readonly protocol: Protocol;
  /** The protocol to be spoken with the provider, as `speaks` answered. */
  readonly upstreamProtocol: Protocol;
  /** Write the request anew even if both protocols are the same. */
  readonly translate: boolean;
  /** The caller's body, never changed; a provider patches a copy. */
  readonly body: JsonBody;
  readonly address: RequestAddress;
  readonly request: CanonicalRequest;
  /** The model name to ask the provider for. */
  readonly model: string;
  /** To be said in the caller's own bytes, which name none; `request` says it already. Undefined: nothing is added. */
  readonly outputLimit?: number;
  /** All headers that the caller's protocol lets through, lower-case names; which of them go on is the protocol's to say. */
  readonly headers: Readonly<Record<string, string>>;
  /** Refuse the call rather than leave out what was asked for. */
  readonly strict: boolean;
  /** Who made an opaque token that came back unwrapped, if this process saw it being made. */
  readonly tokenMaker: (token: string) => string | undefined;
  readonly signal: AbortSignal;
  /** Longest wait for the response head of this attempt, milliseconds. */
  readonly headTimeoutMs: number;
}

/** Something that answers models. Knows endpoint, credentials and quirks; knows no routes, keys or money. */
export interface Provider {
  /** The name in `[provider.NAME]`. */
  readonly name: string;
  /** Which of its keys this one uses, from 1; absent where it has no more than one. Several of one name differ in it. */
  readonly account?: number;
  /** Models that are asked for elsewhere, with keys of their own: one of those says nothing of the others. */
  readonly ownKeys?: ReadonlySet<string>;
  /** The type in the configuration, for metrics and OpenTelemetry's `gen_ai.provider.name`. */
  readonly type: string;
  /** Models named in the configuration; empty when any name may be asked for. */
  readonly models: readonly string[];
  /**
   * The protocol in which it would answer a call of this model made in `protocol`: the same where it can, else one of the
   * same operation; undefined when it has none.
   */
  speaks(protocol: Protocol, model: string): Protocol | undefined;
  /** Whether media of this kind given by URL must be fetched for it, for a call of this model that it would answer in this protocol. */
  needsBytes(upstreamProtocol: Protocol, kind: MediaPart["kind"], model?: string): boolean;
  /** Rejects with a `GatewayError` while nothing was answered; later failures come out of the pieces. */
  call(call: ProviderCall): Promise<ProviderReply>;
}

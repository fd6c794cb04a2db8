import type { ProviderReply } from "#core/chat/reply.ts";
import type { CanonicalRequest, Protocol } from "#core/wire/codec.ts";
import type { JsonBody } from "#core/wire/json-body.ts";

/** One attempt as a provider sees it. */
export interface ProviderCall {
  readonly protocol: Protocol;
  /** The caller's body, never changed; a provider patches a copy. */
  readonly body: JsonBody;
  readonly request: CanonicalRequest;
  /** The model name to ask the provider for. */
  readonly model: string;
  /** Caller's headers that this protocol forwards, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Longest wait for the response head of this attempt, milliseconds. */
  readonly headTimeoutMs: number;
}

/** Something that answers models. Knows endpoint, credentials and quirks; knows no routes, keys or money. */
export interface Provider {
  /** The name in `[provider.NAME]`. */
  readonly name: string;
  /** The type in the configuration, for metrics and OpenTelemetry's `gen_ai.provider.name`. */
  readonly type: string;
  /** Models named in the configuration; empty when any name may be asked for. */
  readonly models: readonly string[];
  readonly protocols: readonly Protocol[];
  /** Rejects with a `GatewayError` while nothing was answered; later failures come out of the pieces. */
  call(call: ProviderCall): Promise<ProviderReply>;
}

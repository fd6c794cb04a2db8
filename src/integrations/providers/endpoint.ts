import type { UpstreamResponse } from "#core/effects/upstream-http.ts";
import type { Protocol } from "#core/wire/codec.ts";

/** A request as the protocol has it: what an endpoint makes its own of. */
export interface Draft {
  readonly protocol: Protocol;
  readonly model: string;
  readonly streamed: boolean;
  /** What of the caller's headers goes on, content type and accept; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A request as it is sent. */
export interface AddressedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Where a provider is, how it is told who asks, and what its host does to the protocol. */
export interface Endpoint {
  address(draft: Draft): AddressedRequest;
  /** The answer as the protocol has it, where a host wraps it in a form of its own. */
  receive?(response: UpstreamResponse): UpstreamResponse;
}

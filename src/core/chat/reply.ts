import type { ChatEvent } from "#core/chat/event.ts";
import type { Protocol } from "#core/wire/codec.ts";

/**
 * A piece of an answer as it travels through the gateway: what it means and, in the passthrough lane, the provider's
 * own bytes (whole SSE frames, or a whole body). A piece may mean nothing (a comment) or have no bytes (made here).
 */
export interface ReplyPiece {
  readonly events: readonly ChatEvent[];
  readonly raw?: Uint8Array;
}

/** A provider's accepted answer. `pieces` is pulled; returning it early cancels the upstream call. */
export interface ProviderReply {
  /** The protocol `raw` bytes are written in; undefined when there are none. */
  readonly rawProtocol?: Protocol;
  /** The provider's own request id, for the ledger. */
  readonly upstreamRequestId?: string;
  /** What of the request could not be carried, in the caller's words. */
  readonly dropped?: readonly string[];
  readonly pieces: AsyncGenerator<ReplyPiece, void, undefined>;
}

import type { UpstreamLimits } from "#core/scheduler/capacity.ts";
import type { Protocol } from "#core/wire/codec.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

/** A provider's accepted answer. `pieces` is pulled; returning it early cancels the upstream call. */
export interface ProviderReply {
  /** The protocol `raw` bytes are written in; undefined when there are none. */
  readonly rawProtocol?: Protocol;
  /** The provider's own request id, for the ledger. */
  readonly upstreamRequestId?: string;
  /** What the provider said of its own limits, where it was asked to be read. */
  readonly limits?: UpstreamLimits;
  /** What of the request could not be carried, in the caller's words. */
  readonly dropped?: readonly string[];
  readonly pieces: AsyncGenerator<ReplyPiece, void, undefined>;
}

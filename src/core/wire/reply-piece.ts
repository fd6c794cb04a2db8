import type { ChatEvent } from "#core/chat/event.ts";

/**
 * A piece of an answer as it travels through the gateway: what it means and, in the passthrough lane, the provider's
 * own bytes (whole SSE frames, or a whole body). A piece may mean nothing (a comment) or have no bytes (made here).
 */
export interface ReplyPiece {
  readonly events: readonly ChatEvent[];
  readonly raw?: Uint8Array;
}

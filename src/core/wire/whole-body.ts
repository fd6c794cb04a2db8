import type { ChatEvent } from "#core/chat/event.ts";
import type { GatewayError } from "#core/errors.ts";
import type { PieceDecoder, StreamWriter } from "#core/wire/codec.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

/** The decoder of a protocol without streams: it gathers one body and decodes it at its end. */
export function gatherBody(decodeWhole: (body: Uint8Array) => ChatEvent[]): PieceDecoder {
  const chunks: Uint8Array[] = [];
  return {
    push: (bytes) => {
      chunks.push(bytes);
      return [];
    },
    end: () => {
      const raw = joinBytes(chunks);
      return [{ events: decodeWhole(raw), raw }];
    },
  };
}

const nothing = new Uint8Array();

/** The writer of a protocol without streams: one body when the last event has come, or the error in its place. */
export class WholeBodyWriter implements StreamWriter {
  readonly contentType: string = "application/json";
  readonly #encode: (events: readonly ChatEvent[]) => Uint8Array;
  readonly #render: (error: GatewayError) => Uint8Array;
  readonly #events: ChatEvent[] = [];

  constructor(encode: (events: readonly ChatEvent[]) => Uint8Array, render: (error: GatewayError) => Uint8Array) {
    this.#encode = encode;
    this.#render = render;
  }

  event(event: ChatEvent): Uint8Array {
    if (event.type === "error") return this.fail(event.error);
    this.#events.push(event);
    return event.type === "end" ? this.#encode(this.#events) : nothing;
  }

  raw({ raw }: ReplyPiece & { readonly raw: Uint8Array }): Uint8Array {
    return raw;
  }

  fail(error: GatewayError): Uint8Array {
    return this.#render(error);
  }

  heartbeat(): Uint8Array {
    return nothing;
  }

  comment(): Uint8Array {
    return nothing;
  }
}

import type { ChatEvent } from "#core/chat/event.ts";
import type { GatewayError } from "#core/errors.ts";
import type { Codec, EncodeContext, PieceDecoder, StreamWriter } from "#core/wire/codec.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

type WholeCodec = Pick<Codec, "decodeWhole" | "encodeWhole" | "renderError">;

/** The answers' side of a codec whose protocol has no streams: its decoder and its writer gather one body. */
export function unstreamed(codec: WholeCodec): WholeCodec & Pick<Codec, "createDecoder" | "createWriter"> {
  return {
    ...codec,
    createDecoder: (options) => gatherBody((body) => codec.decodeWhole(body, options)),
    createWriter: (context) => new WholeBodyWriter(codec, context),
  };
}

function gatherBody(decodeWhole: (body: Uint8Array) => ChatEvent[]): PieceDecoder {
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

/** Writes one body when the last event has come, or the error in its place. */
class WholeBodyWriter implements StreamWriter {
  readonly contentType = "application/json";
  readonly #codec: WholeCodec;
  readonly #context: EncodeContext;
  readonly #events: ChatEvent[] = [];

  constructor(codec: WholeCodec, context: EncodeContext) {
    this.#codec = codec;
    this.#context = context;
  }

  event(event: ChatEvent): Uint8Array {
    if (event.type === "error") return this.fail(event.error);
    this.#events.push(event);
    return event.type === "end" ? this.#codec.encodeWhole(this.#events, this.#context) : nothing;
  }

  raw({ raw }: ReplyPiece & { readonly raw: Uint8Array }): Uint8Array {
    return raw;
  }

  fail(error: GatewayError): Uint8Array {
    return this.#codec.renderError(error, this.#context.requestId).body;
  }

  heartbeat(): Uint8Array {
    return nothing;
  }

  comment(): Uint8Array {
    return nothing;
  }
}

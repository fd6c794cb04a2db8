import type { ChatEvent } from "#core/chat/event.ts";
import type { ReplyPiece } from "#core/chat/reply.ts";
import type { ModelReply } from "#core/model-call.ts";
import type { CanonicalRequest, Codec, EncodeContext } from "#core/wire/codec.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";

/** What an encoder of the caller's protocol must know of a call. */
export function encodeContext(request: CanonicalRequest, requestId: string, nowMs: number): EncodeContext {
  const createdSeconds = Math.floor(nowMs / 1000);
  switch (request.operation) {
    case "chat": {
      const { model, streamUsage } = request.chat;
      return { model, requestId, createdSeconds, streamUsage, embeddingEncoding: "float" };
    }
    case "embeddings": {
      const { model, encoding } = request.embedding;
      return { model, requestId, createdSeconds, streamUsage: false, embeddingEncoding: encoding };
    }
  }
}

/** Turns pieces into stream bytes: the provider's own where the protocols agree, else the events encoded. */
export function pieceEncoder(
  codec: Codec,
  reply: ModelReply,
  context: EncodeContext,
): (piece: ReplyPiece) => Uint8Array {
  const passesThrough = reply.rawProtocol === codec.protocol;
  let encode: ((event: ChatEvent) => Uint8Array) | undefined;
  return ({ events, raw }) => {
    if (passesThrough && raw !== undefined) return raw;
    encode ??= codec.createEncoder(context);
    return joinBytes(events.map(encode));
  };
}

/** Drains an unstreamed reply and gives its body, by the same rule. */
export async function wholeBody(codec: Codec, reply: ModelReply, context: EncodeContext): Promise<Uint8Array> {
  const passesThrough = reply.rawProtocol === codec.protocol;
  const parts: Uint8Array[] = [];
  const events: ChatEvent[] = [];
  for await (const piece of reply.pieces) {
    if (!passesThrough) events.push(...piece.events);
    else if (piece.raw !== undefined) parts.push(piece.raw);
  }
  return passesThrough ? joinBytes(parts) : codec.encodeWhole(events, context);
}

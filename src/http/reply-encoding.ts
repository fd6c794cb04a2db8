import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { ModelReply } from "#core/model-call.ts";
import type { Codec, EncodeContext, RequestAddress, StreamWriter } from "#core/wire/codec.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";
import { costHeader, costText, droppedText } from "#http/reply-headers.ts";

/** What an encoder of the caller's protocol must know of a call. */
export function encodeContext(
  request: CanonicalRequest,
  body: JsonBody,
  address: RequestAddress,
  requestId: string,
  clock: Clock,
): EncodeContext {
  const nowSeconds = () => Math.floor(clock.now() / 1000);
  const call = { requestId, createdSeconds: nowSeconds(), nowSeconds, request, body, address };
  switch (request.operation) {
    case "chat":
    case "count": {
      const { model, streamUsage } = request.chat;
      return { ...call, model, streamUsage, embeddingEncoding: "float" };
    }
    case "embeddings": {
      const { model, encoding } = request.embedding;
      return { ...call, model, streamUsage: false, embeddingEncoding: encoding };
    }
  }
}

/**
 * Turns pieces into stream bytes: the provider's own where the protocols agree, else the events written anew. What the
 * caller's protocol cannot say is named in a comment before the end, and by `lost`; so is the cost, where it is asked for.
 */
export class PieceWriter {
  readonly #writer: StreamWriter;
  readonly #forwards: boolean;
  readonly #lost = new Set<string>();
  readonly #costNanos: ModelReply["costNanos"] | undefined;

  constructor(
    writer: StreamWriter,
    codec: Codec,
    { rawProtocol }: Pick<ModelReply, "rawProtocol">,
    costNanos?: ModelReply["costNanos"],
  ) {
    this.#writer = writer;
    this.#costNanos = costNanos;
    this.#forwards = rawProtocol === codec.protocol;
  }

  /** What of the answer was left out until now. */
  get lost(): readonly string[] {
    return [...this.#lost];
  }

  write({ events, raw }: ReplyPiece): Uint8Array {
    if (this.#forwards && raw !== undefined) return this.#forwarded({ events, raw });
    const [first] = events;
    if (first !== undefined && events.length === 1) return this.#event(first);
    return joinBytes(events.map((event) => this.#event(event)));
  }

  #forwarded(piece: ReplyPiece & { readonly raw: Uint8Array }): Uint8Array {
    const bytes = this.#writer.raw(piece);
    if (this.#costNanos === undefined || !piece.events.some(({ type }) => type === "end")) return bytes;
    return joinBytes([this.#writer.comment(costLine(this.#costNanos())), bytes]);
  }

  #event(event: ChatEvent): Uint8Array {
    if (event.type === "opaque") this.#lost.add(event.what);
    const bytes = this.#writer.event(event);
    if (event.type !== "end") return bytes;
    const lines = [
      ...(this.#lost.size === 0 ? [] : [droppedLine(this.lost)]),
      ...(this.#costNanos === undefined ? [] : [costLine(this.#costNanos())]),
    ];
    return lines.length === 0 ? bytes : joinBytes([...lines.map((line) => this.#writer.comment(line)), bytes]);
  }
}

/** An unstreamed answer, and what of it the caller's protocol could not say. */
export interface WholeReply {
  readonly body: Uint8Array;
  readonly lost: readonly string[];
}

/** Drains an unstreamed reply, by the same rule. */
export async function wholeReply(codec: Codec, reply: ModelReply, context: EncodeContext): Promise<WholeReply> {
  const forwards = reply.rawProtocol === codec.protocol;
  const parts: Uint8Array[] = [];
  const events: ChatEvent[] = [];
  for await (const piece of reply.pieces) {
    if (!forwards) events.push(...piece.events);
    else if (piece.raw !== undefined) parts.push(piece.raw);
  }
  if (forwards) return { body: joinBytes(parts), lost: [] };
  const lost = new Set<string>();
  for (const event of events) if (event.type === "opaque") lost.add(event.what);
  return { body: codec.encodeWhole(events, context), lost: [...lost] };
}

/** What the answer cost, known once its end has come. */
function costLine(nanos: bigint | undefined): string {
  return `${costHeader}=${costText(nanos)}`;
}

/** What was left out, for where only a comment can still say it. */
function droppedLine(lost: readonly string[]): string {
  return `x-tokligence-dropped=${droppedText(lost)}`;
}

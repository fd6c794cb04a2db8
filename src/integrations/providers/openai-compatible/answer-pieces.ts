import type { ChatEvent } from "#core/chat/event.ts";
import type { ReplyPiece } from "#core/chat/reply.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { UpstreamResponse } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import type { Codec, PieceDecoder } from "#core/wire/codec.ts";
import { readWhole } from "#integrations/providers/openai-compatible/answer-body.ts";

type Pieces = AsyncGenerator<ReplyPiece, void, undefined>;

/** How long a message may take to end behind its last piece. */
const tailPatienceMs = 1000;

/** The pieces of a stream, each with the provider's bytes. One chunk is pulled at a time. */
export async function* streamPieces({ body }: UpstreamResponse, decoder: PieceDecoder, clock: Clock): Pieces {
  let open = true;
  try {
    for (let next = await body.next(); next.done !== true; next = await body.next()) {
      const pieces = decoder.push(next.value);
      if (pieces.some(isLast)) {
        open = false;
        readTail(body, clock);
        for (const piece of pieces) yield piece;
        return;
      }
      for (const piece of pieces) yield piece;
    }
    open = false;
    for (const piece of decoder.end()) yield piece;
  } finally {
    if (open) await body.return();
  }
}

/** A whole body as one piece. */
export async function* wholePiece(response: UpstreamResponse, codec: Codec, maxBytes: number): Pieces {
  const raw = await readWhole(response, maxBytes);
  yield { events: codec.decodeWhole(raw), raw };
}

/** A whole body in place of the stream that was asked for: its meaning alone, to be encoded as a stream. */
export async function* wholeAsEvents(response: UpstreamResponse, codec: Codec, maxBytes: number): Pieces {
  yield carriedOver(codec.decodeWhole(await readWhole(response, maxBytes)));
}

/** A stream in place of the whole body that was asked for: its meaning alone, gathered until the end. */
export async function* streamAsEvents(response: UpstreamResponse, codec: Codec, maxBytes: number): Pieces {
  const decoder = codec.createDecoder({ keepUsage: true });
  const raw = await readWhole(response, maxBytes);
  const pieces = decoder.push(raw);
  const events: ChatEvent[] = [...pieces, ...decoder.end()].flatMap((piece) => piece.events);
  yield carriedOver(events);
}

/** What loses its bytes can carry only what is understood: content of an unknown kind must not vanish in silence. */
function carriedOver(events: readonly ChatEvent[]): ReplyPiece {
  if (!events.some((event) => event.type === "opaque")) return { events };
  const message = "The provider answered in another form than was asked for, with content that cannot be carried over.";
  throw new GatewayError("upstream_bad_response", message);
}

function isLast({ events }: ReplyPiece): boolean {
  const type = events.at(-1)?.type;
  return type === "end" || type === "error";
}

/**
 * Reads the end of a message while its last piece travels, so that the connection can be used again: the end often comes
 * in a packet of its own. Closes the connection when more content comes instead, or nothing for a second.
 */
function readTail(body: UpstreamResponse["body"], clock: Clock): void {
  const disarm = clock.after(tailPatienceMs, () => void body.return());
  body.next().then((tail) => {
    disarm();
    if (tail.done !== true) void body.return();
  }, disarm);
}

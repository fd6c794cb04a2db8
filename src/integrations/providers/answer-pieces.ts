import type { Clock } from "#core/effects/clock.ts";
import type { UpstreamResponse } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import type { Translation } from "#core/translation/translate.ts";
import type { Codec, DecodeOptions, PieceDecoder } from "#core/wire/codec.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";
import { readWhole } from "#integrations/providers/answer-body.ts";

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

/** How a whole answer is read. */
export interface WholeReading {
  readonly codec: Codec;
  readonly options: DecodeOptions;
  /** Bytes of its body. */
  readonly maxBytes: number;
}

/** A whole body as one piece. */
export async function* wholePiece(response: UpstreamResponse, { codec, options, maxBytes }: WholeReading): Pieces {
  const raw = await readWhole(response, maxBytes);
  yield { events: codec.decodeWhole(raw, options), raw };
}

/** A whole body by its meaning alone, to be encoded as the caller wants it. */
export async function* wholeAsEvents(response: UpstreamResponse, { codec, options, maxBytes }: WholeReading): Pieces {
  yield { events: codec.decodeWhole(await readWhole(response, maxBytes), options) };
}

/** A stream in place of the whole body that was asked for: its meaning alone, gathered until the end. */
export async function* streamAsEvents(response: UpstreamResponse, { codec, options, maxBytes }: WholeReading): Pieces {
  const decoder = codec.createDecoder(options);
  const pieces = decoder.push(await readWhole(response, maxBytes));
  yield { events: [...pieces, ...decoder.end()].flatMap((piece) => piece.events) };
}

/** What loses its bytes can carry only what is understood: content of an unknown kind must not vanish in silence. */
export async function* understoodOnly(pieces: Pieces): Pieces {
  for await (const piece of pieces) {
    if (piece.events.some((event) => event.type === "opaque")) {
      throw new GatewayError(
        "upstream_bad_response",
        "The provider answered in another form than was asked for, with content that cannot be carried over.",
      );
    }
    yield piece;
  }
}

/**
 * The pieces of a translated answer: what they mean in the caller's conversation, without the provider's bytes. Where the
 * meaning ends before the provider does, its connection is closed: what nobody hears is not to be paid for.
 */
export async function* restoredPieces(pieces: Pieces, restore: Translation["restore"]): Pieces {
  for await (const { events } of pieces) {
    const piece = { events: restore(events) };
    if (piece.events.length === 0) continue;
    if (isLast(piece)) await pieces.return();
    yield piece;
  }
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

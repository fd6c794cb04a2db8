import type { ChatEvent } from "#core/chat/event.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

const nothing = new Uint8Array();

/** Joins neighbouring frames into pieces, so that what came together travels together, without copying. */
export class PieceRun {
  readonly pieces: ReplyPiece[] = [];
  #events: ChatEvent[] = [];
  #first: Uint8Array | undefined;
  #length = 0;

  /** Adds a frame that lies directly behind the one added before. */
  add(raw: Uint8Array, events: readonly ChatEvent[]): void {
    this.#first ??= raw;
    this.#length += raw.length;
    for (const event of events) this.#events.push(event);
  }

  /** Adds a frame that lies elsewhere: a piece of its own. */
  addApart(raw: Uint8Array, events: readonly ChatEvent[]): void {
    this.flush();
    this.pieces.push({ events, raw });
  }

  /** Adds what the caller must not see as bytes. */
  addHidden(events: readonly ChatEvent[]): void {
    this.addApart(nothing, events);
  }

  /** Ends the piece under way; gives all pieces. */
  flush(): ReplyPiece[] {
    if (this.#first !== undefined) {
      this.pieces.push({ events: this.#events, raw: extend(this.#first, this.#length) });
      this.#events = [];
      this.#first = undefined;
      this.#length = 0;
    }
    return this.pieces;
  }
}

/** The same memory up to `length` bytes; every view is an object of its own, so none is made in vain. */
function extend(view: Uint8Array, length: number): Uint8Array {
  return view.length === length ? view : new Uint8Array(view.buffer, view.byteOffset, length);
}

import { GatewayError } from "#core/errors.ts";
import type { PieceDecoder } from "#core/wire/codec.ts";
import { PieceRun } from "#core/wire/piece-run.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";
import { type ServerSentEvent, ServerSentEventSplitter } from "#core/wire/server-sent-events.ts";

/** A frame with data; all others mean nothing and pass as they are. */
export type DataFrame = ServerSentEvent & { readonly data: string };

/** What a protocol makes of the frames of one stream. */
export interface FrameReader {
  /** Adds what a frame means; true when the answer has ended with it. */
  read(frame: DataFrame, run: PieceRun): boolean;
  /**
   * The stream stopped before the answer had ended, `half` being a last frame without its blank line. Adds the end that there is
   * after all, or throws `upstream_truncated`.
   */
  end(half: ServerSentEvent | undefined, run: PieceRun): void;
  /** Adds frames that need no reading one by one, taking them out of the splitter. */
  readAhead?(splitter: ServerSentEventSplitter, run: PieceRun): void;
}

/** Decodes a stream of server-sent events frame by frame. Nothing comes after the end that the reader saw. */
export class FrameDecoder implements PieceDecoder {
  readonly #splitter = new ServerSentEventSplitter();
  readonly #reader: FrameReader;
  #ended = false;

  constructor(reader: FrameReader) {
    this.#reader = reader;
  }

  push(bytes: Uint8Array): ReplyPiece[] {
    if (this.#ended) return [];
    this.#splitter.add(bytes);
    const run = new PieceRun();
    while (!this.#ended) {
      this.#reader.readAhead?.(this.#splitter, run);
      const frame = this.#splitter.next();
      if (frame === undefined) break;
      this.#read(frame, run);
    }
    return run.flush();
  }

  end(): ReplyPiece[] {
    if (this.#ended) return [];
    const { frames, half } = this.#splitter.end();
    const run = new PieceRun();
    for (const frame of frames) if (!this.#ended) this.#read(frame, run);
    if (!this.#ended) this.#reader.end(half, run);
    this.#ended = true;
    return run.flush();
  }

  #read(frame: ServerSentEvent, run: PieceRun): void {
    if (hasData(frame)) this.#ended = this.#reader.read(frame, run);
    else run.add(frame.raw, []);
  }
}

function hasData(frame: ServerSentEvent): frame is DataFrame {
  return frame.data !== undefined && frame.data !== "";
}

/** Whether a frame holds the mark that ends OpenAI's streams, which imitators send in other protocols too. */
export function isDoneMark(data: string): boolean {
  return data.length < 16 && data.trim() === "[DONE]";
}

/** Ends the answer with an error that the caller must not see as the provider's bytes. */
export function endWithError(error: GatewayError, run: PieceRun): true {
  run.addHidden([{ type: "error", error }]);
  return true;
}

/** The error of a stream that stopped before its end. */
export function truncatedStream(): GatewayError {
  return new GatewayError("upstream_truncated", "The provider's stream stopped before its end.");
}

/** The error of a frame that is not what the protocol says. */
export function unreadableFrame(): GatewayError {
  return new GatewayError("upstream_bad_response", "The provider's stream holds an event that cannot be understood.");
}

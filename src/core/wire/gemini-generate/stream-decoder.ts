import type { DecodeOptions, PieceDecoder } from "#core/wire/codec.ts";
import { FrameDecoder } from "#core/wire/frame-decoder.ts";
import { GeminiFrameReader } from "#core/wire/gemini-generate/frame-reader.ts";
import { JsonArraySplitter } from "#core/wire/gemini-generate/json-array-splitter.ts";
import { PieceRun } from "#core/wire/piece-run.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

const bracket = 0x5b;

/** Decodes a stream of `GenerateContentResponse`: server-sent events, or one JSON array, whose elements come out as frames. */
export class GeminiStreamDecoder implements PieceDecoder {
  readonly #reader: GeminiFrameReader;
  readonly #frames: FrameDecoder;
  #array: JsonArraySplitter | undefined;
  #begun = false;
  #ended = false;

  constructor(options: DecodeOptions) {
    this.#reader = new GeminiFrameReader(options);
    this.#frames = new FrameDecoder(this.#reader);
  }

  push(bytes: Uint8Array): ReplyPiece[] {
    if (this.#ended) return [];
    this.#begin(bytes);
    if (this.#array === undefined) return this.#frames.push(bytes);
    const run = new PieceRun();
    for (const element of this.#array.push(bytes)) this.#ended ||= this.#reader.readElement(element, run);
    return run.flush();
  }

  end(): ReplyPiece[] {
    return this.#ended ? [] : this.#frames.end();
  }

  /** Which of the two forms it is shows in the first byte that is no space. */
  #begin(bytes: Uint8Array): void {
    if (this.#begun) return;
    const first = bytes.find((byte) => byte > 0x20);
    if (first === undefined) return;
    this.#begun = true;
    if (first === bracket) this.#array = new JsonArraySplitter();
  }
}

import type { GatewayError } from "#core/errors.ts";
import type { DecodeOptions, PieceDecoder } from "#core/wire/codec.ts";
import {
  FrameDecoder,
  type FrameReader,
  isDoneMark,
  truncatedStream,
  unreadableFrame,
} from "#core/wire/frame-decoder.ts";
import { geminiErrorIn } from "#core/wire/gemini-error/read-error.ts";
import { AnswerReader } from "#core/wire/gemini-generate/answer-reader.ts";
import { frameOf, onOneLine } from "#core/wire/gemini-generate/frame.ts";
import { JsonArraySplitter } from "#core/wire/gemini-generate/json-array-splitter.ts";
import { parseObject } from "#core/wire/json-value.ts";
import { PieceRun } from "#core/wire/piece-run.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";
import type { ServerSentEvent } from "#core/wire/server-sent-events.ts";

const encoder = new TextEncoder();
const nothing = new Uint8Array();
const bracket = 0x5b;

/**
 * Decodes a stream of `GenerateContentResponse`: server-sent events or one JSON array, whose elements come out as frames. An
 * error frame, or one that is not JSON, becomes an `error` event without bytes and ends the answer. Gemini has no terminal
 * mark: an answer has ended when every candidate has said why; otherwise `end` throws `upstream_truncated`.
 */
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

class GeminiFrameReader implements FrameReader {
  readonly #reader: AnswerReader;

  constructor({ requestId }: DecodeOptions) {
    this.#reader = new AnswerReader(requestId);
  }

  readElement(element: Uint8Array, run: PieceRun): boolean {
    const value = parseObject(element);
    return value === undefined
      ? fail(unreadableFrame(), run)
      : this.#readValue(value, frameOf(onOneLine(element)), run, true);
  }

  read({ raw, data, event }: ServerSentEvent, run: PieceRun): boolean {
    if (data === undefined || data === "") {
      run.add(raw, []);
      return false;
    }
    if (isDoneMark(data)) {
      // Gemini's own clients fail on it.
      run.addHidden([]);
      return false;
    }
    const value = parseObject(data);
    if (value === undefined) return fail(unreadableFrame(), run);
    // A frame that begins with anything but its data is not seen by Google's SDK.
    const rewritten = event === undefined ? raw : ownFrame(data);
    return this.#readValue(value, rewritten, run, event !== undefined);
  }

  /** A last frame without its blank line is one if it is whole. */
  end(half: ServerSentEvent | undefined, run: PieceRun): void {
    if (half?.data !== undefined && half.data !== "" && half.raw[0] !== 0x3a) {
      const value = parseObject(half.data);
      if (value === undefined) throw truncatedStream();
      if (this.#readValue(value, ownFrame(half.data), run, true)) return;
    }
    if (!this.#reader.finished) throw truncatedStream();
    run.addApart(nothing, [{ type: "end" }]);
  }

  #readValue(value: Readonly<Record<string, unknown>>, raw: Uint8Array, run: PieceRun, own: boolean): boolean {
    const error = geminiErrorIn(value);
    if (error !== undefined) return fail(error, run);
    const events = this.#reader.read(value);
    if (events.at(-1)?.type === "error") {
      run.addHidden(events);
      return true;
    }
    if (own) run.addApart(raw, events);
    else run.add(raw, events);
    return false;
  }
}

function fail(error: GatewayError, run: PieceRun): true {
  run.addHidden([{ type: "error", error }]);
  return true;
}

function ownFrame(data: string): Uint8Array {
  return frameOf(encoder.encode(data.replaceAll("\n", " ")));
}

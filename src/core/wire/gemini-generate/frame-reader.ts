import type { DecodeOptions } from "#core/wire/codec.ts";
import {
  type DataFrame,
  endWithError,
  type FrameReader,
  isDoneMark,
  truncatedStream,
  unreadableFrame,
} from "#core/wire/frame-decoder.ts";
import { geminiErrorInAnswer } from "#core/wire/gemini-error/read-error.ts";
import { AnswerReader } from "#core/wire/gemini-generate/answer-reader.ts";
import { frameOf, onOneLine } from "#core/wire/gemini-generate/frame.ts";
import { parseObject } from "#core/wire/json-value.ts";
import type { PieceRun } from "#core/wire/piece-run.ts";
import type { ServerSentEvent } from "#core/wire/server-sent-events.ts";

const encoder = new TextEncoder();
const nothing = new Uint8Array();

/**
 * Reads the frames of a stream of `GenerateContentResponse`. An error frame, or one that is not JSON, becomes an `error` event
 * without bytes and ends the answer. Gemini has no terminal mark: an answer has ended when every candidate has said why;
 * otherwise the stream is truncated.
 */
export class GeminiFrameReader implements FrameReader {
  readonly #reader: AnswerReader;

  constructor({ requestId }: DecodeOptions) {
    this.#reader = new AnswerReader(requestId);
  }

  readElement(element: Uint8Array, run: PieceRun): boolean {
    const value = parseObject(element);
    return value === undefined
      ? endWithError(unreadableFrame(), run)
      : this.#readValue(value, frameOf(onOneLine(element)), run, true);
  }

  read({ raw, data, event }: DataFrame, run: PieceRun): boolean {
    if (isDoneMark(data)) {
      // Gemini's own clients fail on it.
      run.addHidden([]);
      return false;
    }
    const value = parseObject(data);
    if (value === undefined) return endWithError(unreadableFrame(), run);
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
    const error = geminiErrorInAnswer(value);
    if (error !== undefined) return endWithError(error, run);
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

function ownFrame(data: string): Uint8Array {
  return frameOf(encoder.encode(data.replaceAll("\n", " ")));
}

import { anthropicErrorInAnswer } from "#core/wire/anthropic-error/read-error.ts";
import { MessageReader } from "#core/wire/anthropic-messages/message-reader.ts";
import { stopFrame } from "#core/wire/anthropic-messages/stream-writer.ts";
import type { DecodeOptions } from "#core/wire/codec.ts";
import {
  type DataFrame,
  endWithError,
  type FrameReader,
  truncatedStream,
  unreadableFrame,
} from "#core/wire/frame-decoder.ts";
import { parseObject } from "#core/wire/json-value.ts";
import type { PieceRun } from "#core/wire/piece-run.ts";
import type { ServerSentEvent } from "#core/wire/server-sent-events.ts";

const encoder = new TextEncoder();

/**
 * Reads the events of a Messages stream. An error event, or one that is not JSON, becomes an `error` event without bytes and ends
 * the answer. A stream without `message_stop` is truncated.
 */
export class MessageFrameReader implements FrameReader {
  readonly #reader: MessageReader;

  constructor({ requestId }: DecodeOptions) {
    this.#reader = new MessageReader(requestId);
  }

  read({ raw, data, event }: DataFrame, run: PieceRun): boolean {
    const fields = parseObject(data);
    if (fields === undefined) return endWithError(unreadableFrame(), run);
    const error = anthropicErrorInAnswer(fields, event === "error");
    if (error !== undefined) return endWithError(error, run);
    const events = this.#reader.read(fields);
    run.add(raw, events);
    return events.at(-1)?.type === "end";
  }

  end(half: ServerSentEvent | undefined, run: PieceRun): void {
    const last = half?.data === undefined ? undefined : parseObject(half.data);
    if (last?.["type"] !== "message_stop") throw truncatedStream();
    // A last frame that lacks only its blank line is whole; the caller gets the line.
    run.addApart(encoder.encode(stopFrame), this.#reader.read(last));
  }
}

import type { DecodeOptions } from "#core/wire/codec.ts";
import {
  type DataFrame,
  endWithError,
  type FrameReader,
  isDoneMark,
  truncatedStream,
  unreadableFrame,
} from "#core/wire/frame-decoder.ts";
import { parseObject } from "#core/wire/json-value.ts";
import { ResponseReader } from "#core/wire/openai-responses/response-reader.ts";
import type { PieceRun } from "#core/wire/piece-run.ts";
import type { ServerSentEvent } from "#core/wire/server-sent-events.ts";

const blankLine = new TextEncoder().encode("\n\n");

/**
 * Reads the events of a response's stream. An error event, `response.failed` or a frame that is not JSON becomes an `error` event
 * without bytes and ends the answer. A stream without its terminal event is truncated.
 */
export class ResponseFrameReader implements FrameReader {
  readonly #reader: ResponseReader;

  constructor({ requestId }: DecodeOptions) {
    this.#reader = new ResponseReader(requestId);
  }

  read({ raw, data }: DataFrame, run: PieceRun): boolean {
    if (isDoneMark(data)) {
      run.add(raw, []);
      return false;
    }
    const event = parseObject(data);
    if (event === undefined) return endWithError(unreadableFrame(), run);
    const events = this.#reader.read(event);
    if (this.#reader.ended && events.at(-1)?.type === "error") run.addHidden(events);
    else run.add(raw, events);
    return this.#reader.ended;
  }

  /** Some servers leave out the blank line behind their last event. */
  end(half: ServerSentEvent | undefined, run: PieceRun): void {
    if (half?.data === undefined || parseObject(half.data) === undefined) throw truncatedStream();
    if (!this.read({ ...half, data: half.data }, run)) throw truncatedStream();
    if (run.flush().at(-1)?.raw?.length !== 0) run.addApart(blankLine, []);
  }
}

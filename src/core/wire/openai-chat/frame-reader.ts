import { GatewayError } from "#core/errors.ts";
import type { DecodeOptions } from "#core/wire/codec.ts";
import {
  type DataFrame,
  endWithError,
  type FrameReader,
  isDoneMark,
  truncatedStream,
  unreadableFrame,
} from "#core/wire/frame-decoder.ts";
import { parseObject, recordOf } from "#core/wire/json-value.ts";
import { AlikeFrames } from "#core/wire/openai-chat/alike-frames.ts";
import { ChunkReader } from "#core/wire/openai-chat/chunk-reader.ts";
import { doneFrame } from "#core/wire/openai-chat/stream-writer.ts";
import { openAiErrorInAnswer } from "#core/wire/openai-error/read-error.ts";
import type { PieceRun } from "#core/wire/piece-run.ts";
import type { ServerSentEvent, ServerSentEventSplitter } from "#core/wire/server-sent-events.ts";

/**
 * Reads `chat.completion.chunk` frames, or legacy `text_completion` ones. An error frame, or one that is not JSON, becomes an
 * `error` event without bytes and ends the answer, as does a `[DONE]` with no answer before it. A stream that stops without
 * `[DONE]` has ended if every choice had finished (its `[DONE]` is then added), else it is truncated.
 */
export class ChatFrameReader implements FrameReader {
  readonly #keepUsage: boolean;
  readonly #reader: ChunkReader;
  readonly #alike = new AlikeFrames();

  constructor({ keepUsage, requestId }: DecodeOptions) {
    this.#keepUsage = keepUsage;
    this.#reader = new ChunkReader(requestId);
  }

  readAhead(splitter: ServerSentEventSplitter, run: PieceRun): void {
    for (;;) {
      const alike = this.#alike.read(splitter.bytes, splitter.position);
      if (alike === undefined) return;
      const { event } = alike;
      if (event.type === "text") this.#reader.passText(event.choice, event.text);
      run.add(splitter.skip(alike.end), [event]);
    }
  }

  read(frame: DataFrame, run: PieceRun): boolean {
    const { raw, data } = frame;
    if (!isDoneMark(data)) return this.#readChunk(frame, parseObject(data), run);
    if (!this.#reader.begun) return endWithError(emptyStream(), run);
    run.add(raw, this.#reader.end());
    return true;
  }

  end(half: ServerSentEvent | undefined, run: PieceRun): void {
    const lacksOnlyBlankLine = half?.data !== undefined && isDoneMark(half.data);
    const cut = half !== undefined && !lacksOnlyBlankLine && !isNote(half.raw);
    if (cut || !(lacksOnlyBlankLine || this.#reader.finished)) throw truncatedStream();
    if (!this.#reader.begun) throw emptyStream();
    run.addApart(doneFrame, this.#reader.end());
  }

  #readChunk(frame: DataFrame, chunk: Chunk | undefined, run: PieceRun): boolean {
    if (chunk === undefined) return endWithError(unreadableFrame(), run);
    const error = errorInFrame(chunk, frame.event);
    if (error !== undefined) return endWithError(error, run);
    const events = this.#reader.read(chunk);
    this.#alike.learn(frame, events);
    if (this.#keepUsage || !isUsageOnly(chunk)) run.add(frame.raw, events);
    else run.addHidden(events);
    return false;
  }
}

type Chunk = Readonly<Record<string, unknown>>;

function errorInFrame(chunk: Chunk, event: string | undefined): GatewayError | undefined {
  return openAiErrorInAnswer(chunk) ?? (event === "error" ? openAiErrorInAnswer({ error: chunk }) : undefined);
}

/** The extra chunk that `stream_options.include_usage` brings. */
function isUsageOnly(chunk: Chunk): boolean {
  const choices = chunk["choices"];
  return Array.isArray(choices) && choices.length === 0 && recordOf(chunk["usage"]) !== undefined;
}

/** The counterpart of a whole answer without choices. */
function emptyStream(): GatewayError {
  return new GatewayError("upstream_bad_response", "The provider's stream ended without any answer.");
}

function isNote(raw: Uint8Array): boolean {
  return raw[0] === 0x3a || raw.every((byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d);
}

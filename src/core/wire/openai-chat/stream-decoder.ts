import type { ChatEvent } from "#core/chat/event.ts";
import type { ReplyPiece } from "#core/chat/reply.ts";
import { GatewayError } from "#core/errors.ts";
import type { PieceDecoder } from "#core/wire/codec.ts";
import { parseObject, recordOf } from "#core/wire/json-value.ts";
import { AlikeFrames } from "#core/wire/openai-chat/alike-frames.ts";
import { ChunkReader } from "#core/wire/openai-chat/chunk-reader.ts";
import { doneFrame } from "#core/wire/openai-chat/stream-encoder.ts";
import { errorInAnswer } from "#core/wire/openai-error/read-error.ts";
import { PieceRun } from "#core/wire/piece-run.ts";
import { type ServerSentEvent, ServerSentEventSplitter } from "#core/wire/server-sent-events.ts";

/**
 * Decodes a stream of `chat.completion.chunk` frames. An error frame, or one that is not JSON, becomes an `error` event
 * without bytes and ends the answer. Nothing comes after `end` or `error`. A stream that stops without `[DONE]` has ended
 * if every choice had finished (its `[DONE]` is then added), else `end` throws `upstream_truncated`.
 */
export class ChatStreamDecoder implements PieceDecoder {
  readonly #keepUsage: boolean;
  readonly #splitter = new ServerSentEventSplitter();
  readonly #reader = new ChunkReader();
  readonly #alike = new AlikeFrames();
  #ended = false;

  constructor({ keepUsage }: { readonly keepUsage: boolean }) {
    this.#keepUsage = keepUsage;
  }

  push(bytes: Uint8Array): ReplyPiece[] {
    if (this.#ended) return [];
    this.#splitter.add(bytes);
    const run = new PieceRun();
    while (!this.#ended) {
      this.#readAlike(run);
      const frame = this.#splitter.next();
      if (frame === undefined) break;
      this.#readFrame(frame, run);
    }
    return run.flush();
  }

  end(): ReplyPiece[] {
    if (this.#ended) return [];
    const { frames, half } = this.#splitter.end();
    const run = new PieceRun();
    for (const frame of frames) if (!this.#ended) this.#readFrame(frame, run);
    const pieces = run.flush();
    if (this.#ended) return pieces;
    const lacksOnlyBlankLine = half !== undefined && isDone(half.data);
    const cut = half !== undefined && !lacksOnlyBlankLine && !isNote(half.raw);
    if (cut || !(lacksOnlyBlankLine || this.#reader.finished)) throw truncated();
    this.#ended = true;
    return [...pieces, { events: [{ type: "end" }], raw: doneFrame }];
  }

  #readAlike(run: PieceRun): void {
    const splitter = this.#splitter;
    for (;;) {
      const alike = this.#alike.read(splitter.bytes, splitter.position);
      if (alike === undefined) return;
      run.add(splitter.skip(alike.end), [alike.event]);
    }
  }

  #readFrame(frame: ServerSentEvent, run: PieceRun): void {
    const { raw, data } = frame;
    if (data === undefined || data === "") {
      run.add(raw, []);
    } else if (isDone(data)) {
      this.#ended = true;
      run.add(raw, [{ type: "end" }]);
    } else {
      this.#readChunk(frame, parseObject(data), run);
    }
  }

  #readChunk(frame: ServerSentEvent, chunk: Chunk | undefined, run: PieceRun): void {
    const error = chunk === undefined ? unreadable() : errorInFrame(chunk, frame.event);
    if (chunk === undefined || error !== undefined) {
      this.#ended = true;
      run.addHidden([{ type: "error", error: error ?? unreadable() }]);
      return;
    }
    const events: ChatEvent[] = this.#reader.read(chunk);
    this.#alike.learn(frame, events);
    if (this.#keepUsage || !isUsageOnly(chunk)) run.add(frame.raw, events);
    else run.addHidden(events);
  }
}

type Chunk = Readonly<Record<string, unknown>>;

function errorInFrame(chunk: Chunk, event: string | undefined): GatewayError | undefined {
  return errorInAnswer(chunk) ?? (event === "error" ? errorInAnswer({ error: chunk }) : undefined);
}

/** The extra chunk that `stream_options.include_usage` brings. */
function isUsageOnly(chunk: Chunk): boolean {
  const choices = chunk["choices"];
  return Array.isArray(choices) && choices.length === 0 && recordOf(chunk["usage"]) !== undefined;
}

function isDone(data: string | undefined): boolean {
  return data !== undefined && data.length < 16 && data.trim() === "[DONE]";
}

function isNote(raw: Uint8Array): boolean {
  return raw[0] === 0x3a || raw.every((byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d);
}

function truncated(): GatewayError {
  return new GatewayError("upstream_truncated", "The provider's stream stopped before its end.");
}

function unreadable(): GatewayError {
  return new GatewayError("upstream_bad_response", "The provider's stream holds an event that cannot be understood.");
}

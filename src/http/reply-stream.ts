import type { Clock } from "#core/effects/clock.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import type { ModelReply } from "#core/model-call.ts";
import type { WaitingPlace } from "#core/admission/admission.ts";
import type { StreamWriter } from "#core/wire/codec.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import type { AnswerKeeper } from "#http/kept-response.ts";
import type { PieceWriter } from "#http/reply-encoding.ts";
import { placeText } from "#http/reply-headers.ts";
import type { RunningCall } from "#http/running-calls.ts";

/** What a streamed answer is made of. */
export interface ReplyStreamParts {
  /** The answer, or the promise of one when the stream was committed before it came. */
  readonly opening: Promise<ModelReply>;
  readonly committedEarly: boolean;
  readonly writer: StreamWriter;
  /** Where the call waits for capacity, if it does. */
  readonly place: () => WaitingPlace | undefined;
  /** What writes the pieces of this answer through `writer`. */
  readonly piecesOf: (reply: ModelReply) => PieceWriter;
  /** Who keeps the answer, if anybody does. */
  readonly keeper: AnswerKeeper | undefined;
  /** What headers would have said of the answer, had it come before the commit. */
  readonly lateHeaders: (reply: ModelReply) => string;
  readonly call: RunningCall;
  readonly clock: Clock;
  readonly limits: { readonly heartbeatIntervalMs: number; readonly clientStallTimeoutMs: number };
  /** Called once, when the last byte was handed over or nobody wants more. */
  readonly onEnd: (error: GatewayError | undefined, lost: readonly string[]) => void;
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

/** What fits into the runtime's write buffer together with the response head, by far. */
const firstWriteBytes = 4 * 1024;

/**
 * The body of a streamed answer. Nothing is taken from the provider unless the socket asks; silence is filled with
 * heartbeats; a reader that stops reading, leaves, or is told to by the call's signal ends the upstream call too.
 * A failure becomes the protocol's own error event, and nothing that looks like a clean end follows it.
 */
export function replyStream(parts: ReplyStreamParts): ReadableStream<Uint8Array> {
  return new ReadableStream(new ReplySource(parts), { highWaterMark: 0 });
}

class ReplySource {
  readonly #parts: ReplyStreamParts;
  #controller: Controller | undefined;
  #pieces: ModelReply["pieces"] | undefined;
  #pieceWriter: PieceWriter | undefined;
  /** The socket has asked for bytes and has not got any yet. */
  #pulling = false;
  #begun = false;
  #over = false;
  /** When a byte was last handed over or asked for, monotonic milliseconds. */
  #activeAt: number;
  #disarm = (): void => {};
  /** Whatever pulled the signal: the call is settled before the caller hears of it. */
  readonly #aborted = (): void => {
    void this.#settle().then(() => this.#fail(this.#reason()));
  };

  constructor(parts: ReplyStreamParts) {
    this.#parts = parts;
    this.#activeAt = parts.clock.monotonic();
  }

  start(controller: Controller): void {
    this.#controller = controller;
    const { call, committedEarly } = this.#parts;
    if (committedEarly) controller.enqueue(this.#heartbeat());
    if (call.signal.aborted) this.#aborted();
    else call.signal.addEventListener("abort", this.#aborted, { once: true });
    this.#watch();
  }

  async pull(controller: Controller): Promise<void> {
    const { clock } = this.#parts;
    this.#pulling = true;
    this.#activeAt = clock.monotonic();
    try {
      const bytes = await this.#nextBytes();
      if (this.#over) return;
      if (bytes === undefined) {
        this.#end(undefined);
        controller.close();
        return;
      }
      this.#handOver(controller, bytes);
      this.#activeAt = clock.monotonic();
    } catch (thrown) {
      await this.#settle();
      this.#fail(this.#parts.call.signal.aborted ? this.#reason() : toGatewayError(thrown));
    } finally {
      this.#pulling = false;
    }
  }

  /** The reader is gone. */
  async cancel(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    // The call may take a while to settle, and nothing can be said to a reader who is gone.
    this.#disarm();
    const error = new GatewayError("client_closed", "The caller left.");
    this.#parts.call.abort(error);
    await this.#settle();
    this.#release(error);
  }

  /** Bytes of the next piece that has any; undefined at the end. */
  async #nextBytes(): Promise<Uint8Array | undefined> {
    if (this.#pieces === undefined || this.#pieceWriter === undefined) {
      const { committedEarly, piecesOf, lateHeaders, opening, writer } = this.#parts;
      const reply = await opening;
      this.#pieces = reply.pieces;
      this.#pieceWriter = piecesOf(reply);
      const late = committedEarly ? writer.comment(lateHeaders(reply)) : undefined;
      if (late !== undefined && late.byteLength > 0) return late;
    }
    for (;;) {
      const next = await this.#pieces.next();
      if (next.done === true) return undefined;
      const bytes = this.#pieceWriter.write(next.value);
      const kept = this.#parts.keeper?.piece(next.value.events, bytes);
      if (kept !== undefined) await kept;
      if (bytes.byteLength > 0) return bytes;
    }
  }

  /** Bun 1.4 sends the end of the head in nine packets if what follows it does not fit into its write buffer (16 KiB). */
  #handOver(controller: Controller, bytes: Uint8Array): void {
    if (this.#begun || bytes.length <= firstWriteBytes) {
      controller.enqueue(bytes);
    } else {
      controller.enqueue(bytes.subarray(0, firstWriteBytes));
      controller.enqueue(bytes.subarray(firstWriteBytes));
    }
    this.#begun = true;
  }

  /** Has the call closed and booked, whatever became of it. */
  async #settle(): Promise<void> {
    try {
      const { pieces } = await this.#parts.opening;
      await pieces.return();
    } catch {
      // A call that failed has settled itself, and its reason is known here.
    }
  }

  #fail(error: GatewayError): void {
    if (this.#over) return;
    this.#end(error);
    if (error.code === "client_closed") {
      // Cuts the connection: there is no reader who could misread a missing end.
      this.#controller?.error(error);
      return;
    }
    this.#controller?.enqueue(this.#parts.writer.fail(error));
    this.#controller?.close();
  }

  #end(error: GatewayError | undefined): void {
    this.#over = true;
    this.#release(error);
  }

  #release(error: GatewayError | undefined): void {
    const { call, onEnd } = this.#parts;
    this.#disarm();
    call.release();
    onEnd(error, this.#pieceWriter?.lost ?? []);
  }

  #reason(): GatewayError {
    return toGatewayError(this.#parts.call.signal.reason);
  }

  /** One coarse timer for both clocks, set anew only when it fires: an event costs a time stamp, no timer. */
  #watch(): void {
    const { clock, limits } = this.#parts;
    const silentMs = clock.monotonic() - this.#activeAt;
    const leftMs = (this.#readerWaits() ? limits.heartbeatIntervalMs : limits.clientStallTimeoutMs) - silentMs;
    const delayMs = Math.max(1, Math.min(leftMs, limits.heartbeatIntervalMs));
    this.#disarm = clock.after(delayMs, () => this.#check());
  }

  #check(): void {
    const { call, clock, limits } = this.#parts;
    const silentMs = clock.monotonic() - this.#activeAt;
    if (this.#readerWaits()) {
      if (silentMs >= limits.heartbeatIntervalMs) {
        this.#controller?.enqueue(this.#heartbeat());
        this.#activeAt = clock.monotonic();
      }
    } else if (silentMs >= limits.clientStallTimeoutMs) {
      call.abort(new GatewayError("client_closed", "The caller stopped reading."));
      return;
    }
    this.#watch();
  }

  /** Before the heartbeat of a call that waits for capacity a comment says where it stands. */
  #heartbeat(): Uint8Array {
    const { place, writer } = this.#parts;
    const waiting = this.#pieces === undefined ? place() : undefined;
    if (waiting === undefined) return writer.heartbeat();
    const { position, expectedWaitMs } = waiting;
    const line = `queued position=${placeText(position)} expected-wait-ms=${expectedWaitMs}`;
    return joinBytes([writer.comment(line), writer.heartbeat()]);
  }

  /** False while bytes that were handed over lie unread. */
  #readerWaits(): boolean {
    return this.#pulling && (this.#controller?.desiredSize ?? -1) >= 0;
  }
}

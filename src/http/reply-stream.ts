import type { ReplyPiece } from "#core/chat/reply.ts";
import type { Clock } from "#core/effects/clock.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import type { ModelReply } from "#core/model-call.ts";
import type { Codec } from "#core/wire/codec.ts";
import type { RunningCall } from "#http/running-calls.ts";

/** What a streamed answer is made of. */
export interface ReplyStreamParts {
  /** The answer, or the promise of one when the stream was committed before it came. */
  readonly opening: Promise<ModelReply>;
  readonly committedEarly: boolean;
  readonly encoderOf: (reply: ModelReply) => (piece: ReplyPiece) => Uint8Array;
  /** What headers would have said of the answer, had it come before the commit. */
  readonly lateHeaders: (reply: ModelReply) => string;
  readonly codec: Codec;
  readonly call: RunningCall;
  readonly requestId: string;
  readonly clock: Clock;
  readonly limits: { readonly heartbeatIntervalMs: number; readonly clientStallTimeoutMs: number };
  /** Called once, when the last byte was handed over or nobody wants more. */
  readonly onEnd: (error: GatewayError | undefined, opened: boolean) => void;
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
  #encode: ((piece: ReplyPiece) => Uint8Array) | undefined;
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
    const { call, codec, committedEarly } = this.#parts;
    if (committedEarly) controller.enqueue(codec.heartbeat);
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
    const error = new GatewayError("client_closed", "The caller left.");
    this.#parts.call.abort(error);
    await this.#settle();
    this.#release(error);
  }

  /** Bytes of the next piece that has any; undefined at the end. */
  async #nextBytes(): Promise<Uint8Array | undefined> {
    if (this.#pieces === undefined || this.#encode === undefined) {
      const { codec, committedEarly, encoderOf, lateHeaders, opening } = this.#parts;
      const reply = await opening;
      this.#pieces = reply.pieces;
      this.#encode = encoderOf(reply);
      const late = committedEarly ? codec.comment(lateHeaders(reply)) : undefined;
      if (late !== undefined && late.byteLength > 0) return late;
    }
    for (;;) {
      const next = await this.#pieces.next();
      if (next.done === true) return undefined;
      const bytes = this.#encode(next.value);
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
    const { codec, requestId } = this.#parts;
    if (error.code === "client_closed") {
      // Cuts the connection: there is no reader who could misread a missing end.
      this.#controller?.error(error);
      return;
    }
    this.#controller?.enqueue(codec.renderStreamError(error, requestId));
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
    onEnd(error, this.#pieces !== undefined);
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
    const { call, clock, codec, limits } = this.#parts;
    const silentMs = clock.monotonic() - this.#activeAt;
    if (this.#readerWaits()) {
      if (silentMs >= limits.heartbeatIntervalMs) {
        this.#controller?.enqueue(codec.heartbeat);
        this.#activeAt = clock.monotonic();
      }
    } else if (silentMs >= limits.clientStallTimeoutMs) {
      call.abort(new GatewayError("client_closed", "The caller stopped reading."));
      return;
    }
    this.#watch();
  }

  /** False while bytes that were handed over lie unread. */
  #readerWaits(): boolean {
    return this.#pulling && (this.#controller?.desiredSize ?? -1) >= 0;
  }
}

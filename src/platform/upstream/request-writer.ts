import type { Exchange } from "#platform/upstream/exchange.ts";

/** The part of a socket that takes bytes. */
export interface ByteSink {
  /** Bytes taken by the kernel, possibly fewer than offered; -1 when the socket is dead. */
  write(data: Uint8Array, byteOffset: number, byteLength: number): number;
}

/** Writes one request as fast as the socket takes it, copying nothing. */
export class RequestWriter {
  readonly #exchange: Exchange;
  #piece = 0;
  #offset = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Whether the kernel has the whole request. */
  get done(): boolean {
    return this.#piece === this.#exchange.pieces.length;
  }

  /** Writes until the socket takes no more; false when it is dead. */
  write(sink: ByteSink): boolean {
    const { pieces } = this.#exchange;
    for (let piece = pieces[this.#piece]; piece !== undefined; piece = pieces[this.#piece]) {
      const offered = piece.length - this.#offset;
      const taken = sink.write(piece, this.#offset, offered);
      if (taken < 0) return false;
      this.#exchange.acceptedBytes += taken;
      this.#offset += taken;
      if (taken < offered) return true;
      this.#piece++;
      this.#offset = 0;
    }
    return true;
  }
}

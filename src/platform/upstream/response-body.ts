/** Something with bytes to hand over, which waits to be told when. */
export interface Flushable {
  /** Hands them over, if they are still wanted. */
  flush(): void;
}

/** The connection behind a body, as the body needs it. */
export interface BodySource {
  /** Stop reading from the socket until `resume`. */
  pause(): void;
  resume(): void;
  /** The reader wants no more: close. */
  abandon(): void;
  /** The reader waits for what has arrived: `flush` is to be called at the end of this turn of the event loop. */
  pending(body: Flushable): void;
}

/** Unread bytes above which the socket is left alone, and below which it is read again. */
export const pauseAboveBytes = 256 * 1024;
const resumeBelowBytes = 64 * 1024;

interface Reader {
  readonly resolve: (result: IteratorResult<Uint8Array, void>) => void;
  readonly reject: (error: unknown) => void;
}

const finished: IteratorResult<Uint8Array, void> = { done: true, value: undefined };

/**
 * A body between the socket that pushes and the reader that pulls. What arrived before a failure is read first; an
 * abort drops it. One reader at a time: a second `next` before the first has settled is a programming error.
 */
export class ResponseBody implements AsyncGenerator<Uint8Array, void, undefined>, Flushable {
  readonly #source: BodySource;
  readonly #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #reader: Reader | undefined;
  #paused = false;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  push(chunk: Uint8Array): void {
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    if (this.#reader !== undefined) {
      if (this.#unread.length === 1) this.#source.pending(this);
    } else if (this.#unreadBytes > pauseAboveBytes && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
  }

  /** Wakes the reader, if it still waits. */
  flush(): void {
    const chunk = this.#reader === undefined ? undefined : this.#takeChunk();
    if (chunk !== undefined) this.#takeReader()?.resolve({ done: false, value: chunk });
  }

  /** The message is whole. */
  end(): void {
    this.#ended = true;
    if (this.#unread.length === 0) this.#takeReader()?.resolve(finished);
  }

  /** The message will never be whole: the reader gets what is unread, then `error`. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#reader === undefined || this.#unread.length > 0) this.#failure = { error };
    else this.#takeReader()?.reject(error);
  }

  /** Like `fail`, but nothing unread is delivered any more. */
  abort(reason: unknown): void {
    this.#drop();
    this.fail(reason);
  }

  next(): Promise<IteratorResult<Uint8Array, void>> {
    const chunk = this.#takeChunk();
    if (chunk !== undefined) return Promise.resolve({ done: false, value: chunk });
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#failure = undefined;
      return Promise.reject(failure.error);
    }
    if (this.#ended) return Promise.resolve(finished);
    if (this.#reader !== undefined) return Promise.reject(new Error("A response body has one reader."));
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Uint8Array, void>> {
    this.#drop();
    this.#failure = undefined;
    if (!this.#ended) {
      this.end();
      this.#source.abandon();
    }
    return Promise.resolve(finished);
  }

  throw(error: unknown): Promise<IteratorResult<Uint8Array, void>> {
    return this.return().then(() => Promise.reject(error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #takeChunk(): Uint8Array | undefined {
    const chunk = this.#unread.shift();
    this.#unreadBytes -= chunk?.length ?? 0;
    if (this.#paused && this.#unreadBytes < resumeBelowBytes) {
      this.#paused = false;
      if (!this.#ended) this.#source.resume();
    }
    return chunk;
  }

  #drop(): void {
    this.#unread.length = 0;
    this.#unreadBytes = 0;
  }

  #takeReader(): Reader | undefined {
    const reader = this.#reader;
    this.#reader = undefined;
    return reader;
  }
}

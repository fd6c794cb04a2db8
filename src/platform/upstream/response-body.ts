/** The connection behind a body, as the body needs it. */
export interface BodySource {
  /** Stop reading from the socket until `resume`. */
  pause(): void;
  resume(): void;
  /** The reader wants no more: close. */
  abandon(): void;
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
export class ResponseBody implements AsyncGenerator<Uint8Array, void, undefined> {
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
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: chunk });
      return;
    }
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    if (this.#unreadBytes > pauseAboveBytes && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
  }

  /** The message is whole. */
  end(): void {
    this.#ended = true;
    this.#takeReader()?.resolve(finished);
  }

  /** The message will never be whole: the reader gets what is unread, then `error`. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const reader = this.#takeReader();
    if (reader === undefined) this.#failure = { error };
    else reader.reject(error);
  }

  /** Like `fail`, but nothing unread is delivered any more. */
  abort(reason: unknown): void {
    this.#drop();
    this.fail(reason);
  }

  next(): Promise<IteratorResult<Uint8Array, void>> {
    const chunk = this.#unread.shift();
    if (chunk !== undefined) {
      this.#unreadBytes -= chunk.length;
      if (this.#paused && this.#unreadBytes < resumeBelowBytes) this.#resume();
      return Promise.resolve({ done: false, value: chunk });
    }
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

  #resume(): void {
    this.#paused = false;
    if (!this.#ended) this.#source.resume();
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

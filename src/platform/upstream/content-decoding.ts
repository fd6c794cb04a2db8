import { pipeline, Readable } from "node:stream";
import {
  type BrotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  type Gunzip,
  type Inflate,
} from "node:zlib";
import { MalformedResponse, type Peer, tooLargeFailure, upstreamFailure } from "#platform/upstream/errors.ts";
import type { ResponseBody } from "#platform/upstream/response-body.ts";
import type { ResponseHead } from "#platform/upstream/response-head.ts";

type Decoder = Gunzip | Inflate | BrotliDecompress;

/**
 * The body without its content coding, which peers send although `identity` was asked for. Throws `MalformedResponse`
 * for a coding other than gzip, deflate and br.
 */
export function decodeContent(
  body: ResponseBody,
  head: ResponseHead,
  peer: Peer,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const coding = head.header("content-encoding");
  if (coding === undefined || coding === "" || coding.toLowerCase() === "identity") return body;
  return new DecodedBody(body, createDecoder(coding.toLowerCase()), peer, maxBytes);
}

function createDecoder(coding: string): Decoder {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      throw new MalformedResponse("an unknown Content-Encoding.");
  }
}

/** Pulls coded bytes as it is pulled itself. A cut stream is `upstream_truncated`, a corrupt one `upstream_bad_response`. */
class DecodedBody implements AsyncGenerator<Uint8Array, void, undefined> {
  readonly #body: ResponseBody;
  readonly #decoder: Decoder;
  readonly #peer: Peer;
  readonly #maxBytes: number;
  #decoded: AsyncIterator<Uint8Array> | undefined;
  #decodedBytes = 0;

  constructor(body: ResponseBody, decoder: Decoder, peer: Peer, maxBytes: number) {
    this.#body = body;
    this.#decoder = decoder;
    this.#peer = peer;
    this.#maxBytes = maxBytes;
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    this.#decoded ??= this.#start();
    const result = await this.#decoded.next().catch((error: unknown) => this.#explain(error));
    if (result.done === true) return { done: true, value: undefined };
    this.#decodedBytes += result.value.length;
    if (this.#decodedBytes <= this.#maxBytes) return result;
    await this.return();
    throw tooLargeFailure(this.#peer, this.#maxBytes);
  }

  async return(): Promise<IteratorResult<Uint8Array, void>> {
    // Before the decoder: closing the connection must not wait for bytes on their way through it.
    const ended = await this.#body.return();
    this.#decoded ??= this.#start();
    this.#decoder.destroy();
    return ended;
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

  /** Only when first read: nothing is decoded ahead of the reader. */
  #start(): AsyncIterator<Uint8Array> {
    // Failures reach the reader through the iterator, so the callback has nothing to add.
    pipeline(Readable.from(this.#body), this.#decoder, () => {});
    return this.#decoder[Symbol.asyncIterator]();
  }

  #explain(error: unknown): IteratorResult<Uint8Array, void> {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (typeof code !== "string" || !/^(?:Z_|ERR_)/.test(code)) throw error;
    if (code !== "Z_BUF_ERROR") {
      const reason = "the compressed body is corrupt.";
      throw upstreamFailure("upstream_bad_response", this.#peer, "response body", reason, { cause: error });
    }
    // A coding named over an empty body is a habit of some servers, not a cut.
    if (this.#decoder.bytesWritten === 0) return { done: true, value: undefined };
    const reason = "the compressed body ends too early.";
    throw upstreamFailure("upstream_truncated", this.#peer, "response body", reason, { cause: error });
  }
}

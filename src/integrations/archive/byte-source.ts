import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import type { ArchiveLimits } from "#core/archive/archive-limits.ts";
import { GatewayError } from "#core/errors.ts";

/** Reads a gzip file in pieces of any size, and stops when it grows beyond what an archive may be. */
export class ByteSource implements AsyncDisposable {
  readonly #limits: ArchiveLimits;
  readonly #file: ReturnType<typeof createReadStream>;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #readOut = 0;

  constructor(path: string, limits: ArchiveLimits) {
    this.#limits = limits;
    this.#file = createReadStream(path);
    const unpacked = createGunzip();
    this.#file.on("error", (error) => unpacked.destroy(error));
    this.#chunks = (this.#file.pipe(unpacked) as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes. Throws `invalid_request` when there are fewer. */
  async exactly(bytes: number): Promise<Uint8Array> {
    const out = new Uint8Array(bytes);
    let filled = 0;
    for await (const piece of this.pieces(bytes)) {
      out.set(piece, filled);
      filled += piece.length;
    }
    return out;
  }

  /** So many bytes, as they come. */
  async *pieces(bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = bytes;
    while (left > 0) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** Reads on to the end of the file, which vouches for what came before. Throws `invalid_request` unless nothing but zeros is left. */
  async end(): Promise<void> {
    while (this.#rest.every((byte) => byte === 0)) {
      const next = await this.#pull();
      if (next === undefined) return;
      this.#rest = next;
    }
    throw new GatewayError("invalid_request", "The archive holds more than its manifest says.");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.destroy();
    await this.#chunks.return?.(undefined).then(undefined, () => undefined);
  }

  async #next(): Promise<Uint8Array> {
    const next = await this.#pull();
    if (next === undefined) throw new GatewayError("invalid_request", "The archive ends too early.");
    return next;
  }

  async #pull(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#chunks.next().catch((cause: unknown) => {
      throw unreadable(cause, String(this.#file.path));
    });
    if (done === true) return undefined;
    const { maxBytes, maxRatio, ratioFromBytes, maxManifestBytes } = this.#limits;
    this.#readOut += value.length;
    // Headers and padding come on top of what the members hold.
    if (this.#readOut > 2 * maxBytes + maxManifestBytes) throw tooLarge();
    if (this.#readOut > ratioFromBytes && this.#readOut > maxRatio * this.#file.bytesRead) throw tooLarge();
    return value;
  }
}

function unreadable(cause: unknown, path: string): GatewayError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ENOENT" || code === "EACCES" || code === "EISDIR") {
    return new GatewayError("invalid_request", `${path} cannot be read (${code}).`, {
      cause,
      details: { field: "path" },
    });
  }
  return new GatewayError("invalid_request", "The file is no whole archive: it is damaged or cut off.", { cause });
}

function tooLarge(): GatewayError {
  return new GatewayError("invalid_request", "The archive grows beyond any that a gateway writes.");
}

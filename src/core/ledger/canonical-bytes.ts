/** What a field of a row can be. */
export type CanonicalValue = string | number | bigint | boolean | undefined;

const kindBytes = { absent: 0, text: 1, number: 2, integer: 3, flag: 4 } as const;
const textEncoder = new TextEncoder();

/**
 * Writes the fields of a row, in their order, as the bytes that its hash covers: each as one byte of kind and its value,
 * big-endian:
 *
 * | kind | value |
 * | --- | --- |
 * | 0 absent | nothing (so that absent differs from empty and from zero) |
 * | 1 text | length in bytes as u32, then UTF-8 (lone surrogates as U+FFFD) |
 * | 2 number | IEEE 754 double, minus zero as zero |
 * | 3 integer | signed 64 bit |
 * | 4 flag | one byte, 0 or 1 |
 */
export class CanonicalBytes {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Begins a row anew. */
  clear(): void {
    this.#length = 0;
  }

  /** What was written since `clear`: a view of a buffer that the next row overwrites. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds a field. */
  write(value: CanonicalValue): void {
    if (value === undefined) this.#kind(kindBytes.absent, 0);
    else if (typeof value === "string") this.#writeText(value);
    else if (typeof value === "boolean") this.#writeFlag(value);
    else this.#writeEightBytes(value);
  }

  #writeFlag(flag: boolean): void {
    this.#kind(kindBytes.flag, 1);
    this.#bytes[this.#length] = flag ? 1 : 0;
    this.#length += 1;
  }

  #writeEightBytes(value: number | bigint): void {
    this.#kind(typeof value === "number" ? kindBytes.number : kindBytes.integer, 8);
    if (typeof value === "number") this.#view.setFloat64(this.#length, value + 0);
    else this.#view.setBigInt64(this.#length, value);
    this.#length += 8;
  }

  #writeText(text: string): void {
    // UTF-8 needs at most three bytes for a UTF-16 code unit.
    this.#kind(kindBytes.text, 4 + text.length * 3);
    const start = this.#length + 4;
    const size = this.#writeAscii(text, start) ?? textEncoder.encodeInto(text, this.#bytes.subarray(start)).written;
    this.#view.setUint32(this.#length, size);
    this.#length = start + size;
  }

  /** Nearly every text is short ASCII, for which a loop beats a call into the encoder; undefined when it is not. */
  #writeAscii(text: string, start: number): number | undefined {
    if (text.length > 64) return undefined;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return undefined;
      this.#bytes[start + index] = unit;
    }
    return text.length;
  }

  /** Writes the byte of kind and makes room for a value of up to `room` bytes. */
  #kind(kind: number, room: number): void {
    const needed = this.#length + 1 + room;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#bytes[this.#length] = kind;
    this.#length += 1;
  }
}

import { GatewayError } from "#core/errors.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { maxFrameBytes } from "#core/wire/server-sent-events.ts";

const quote = 0x22;
const backslash = 0x5c;

/**
 * Cuts a JSON array of objects that arrives in pieces into its elements, whatever way the pieces were cut. Of the JSON it
 * judges nothing but braces; the same bytes give the same elements.
 */
export class JsonArraySplitter {
  #kept: Uint8Array[] = [];
  #keptLength = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** The elements that these bytes complete. Throws `upstream_too_large` when one exceeds `maxFrameBytes`. */
  push(bytes: Uint8Array): Uint8Array[] {
    const elements: Uint8Array[] = [];
    let from = this.#depth > 1 ? 0 : -1;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) this.#inString = false;
      } else if (byte === quote) this.#inString = true;
      else if (byte === 0x7b || byte === 0x5b) {
        this.#depth += 1;
        if (this.#depth === 2) from = at;
      } else if (byte === 0x7d || byte === 0x5d) {
        this.#depth -= 1;
        if (this.#depth !== 1 || from < 0) continue;
        elements.push(joinBytes([...this.#kept, bytes.subarray(from, at + 1)]));
        this.#kept = [];
        this.#keptLength = 0;
        from = -1;
      }
    }
    if (from >= 0) this.#keep(bytes.subarray(from));
    return elements;
  }

  #keep(rest: Uint8Array): void {
    this.#keptLength += rest.length;
    if (this.#keptLength > maxFrameBytes) {
      throw new GatewayError("upstream_too_large", "An element of the provider's stream is too large.", {
        details: { max_bytes: maxFrameBytes },
      });
    }
    this.#kept.push(rest.slice());
  }
}

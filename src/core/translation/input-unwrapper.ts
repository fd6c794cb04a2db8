import { recordOf } from "#core/wire/json-value.ts";

/** What may stand before the text of `{"input":"...`, as far as it has come. */
const partialHead = /^\s*(?:\{\s*(?:"(?:i(?:n(?:p(?:u(?:t(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?$/;
const head = /^\s*\{\s*"input"\s*:\s*"/;
const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

/**
 * Turns the arguments of a function made of a freeform tool, `{"input": "..."}`, back into the free text, piece by piece as
 * they come. Arguments of any other form are held until `end`, so that nothing the model wrote is lost.
 */
export class InputUnwrapper {
  #state: "head" | "text" | "odd" | "done" = "head";
  /** What was not understood yet: the beginning, half an escape, or all of odd arguments. */
  #held = "";
  /** First half of a surrogate pair: alone it would not survive UTF-8. */
  #surrogate = "";

  /** The free text that this piece adds, possibly none. */
  push(piece: string): string {
    const text = this.#held + piece;
    this.#held = "";
    switch (this.#state) {
      case "done":
        return "";
      case "text":
        return this.#unescape(text);
      case "odd":
        this.#held = text;
        return "";
      case "head": {
        const begin = head.exec(text)?.[0];
        if (begin !== undefined) {
          this.#state = "text";
          return this.#unescape(text.slice(begin.length));
        }
        if (!partialHead.test(text)) this.#state = "odd";
        this.#held = text;
        return "";
      }
    }
  }

  /** Whether odd arguments have become one whole JSON value. */
  get isWhole(): boolean {
    return this.#state === "odd" && parsed(this.#held) !== undefined;
  }

  /** What is left to say when the call is over. */
  end(): string {
    const held = this.#held;
    const state = this.#state;
    this.#state = "done";
    this.#held = "";
    if (state === "text" || state === "done") return this.#surrogate;
    const input = recordOf(parsed(held))?.["input"];
    if (typeof input === "string") return input;
    return /^\{\}?$/.test(held.replace(/\s+/g, "")) ? "" : held;
  }

  #unescape(text: string): string {
    let out = this.#surrogate;
    this.#surrogate = "";
    let at = 0;
    while (at < text.length) {
      const special = nextSpecial(text, at);
      out += text.slice(at, special);
      at = special;
      if (at === text.length) break;
      if (text[at] === '"') {
        this.#state = "done";
        return out;
      }
      const length = text[at + 1] === "u" ? 6 : 2;
      if (at + length > text.length) {
        this.#held = text.slice(at);
        break;
      }
      out += unescaped(text.slice(at, at + length));
      at += length;
    }
    if (/[\uD800-\uDBFF]$/.test(out)) {
      this.#surrogate = out.slice(-1);
      return out.slice(0, -1);
    }
    return out;
  }
}

function nextSpecial(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22 || unit === 0x5c) return at;
  }
  return text.length;
}

function unescaped(sequence: string): string {
  if (sequence.length === 6) {
    const hex = sequence.slice(2);
    return /^[\da-fA-F]{4}$/.test(hex) ? String.fromCharCode(Number.parseInt(hex, 16)) : sequence;
  }
  const letter = sequence.slice(1);
  return escapes[letter] ?? ('"\\/'.includes(letter) ? letter : sequence);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Counts a text that grows in code points as well as in UTF-16 code units, and turns offsets of one kind into the other.
 * OpenAI counts characters of text as code points. Nothing is kept of a text without characters beyond U+FFFF.
 */
export class CodePoints {
  #length = 0;
  /** Where, in code units, each character stands that takes two of them. */
  readonly #wide: number[] = [];

  /** How many code points the text has. */
  get count(): number {
    return this.#length - this.#wide.length;
  }

  add(text: string): void {
    if (/[\uD800-\uDBFF]/.test(text)) {
      for (let at = 0; at < text.length; at += 1) {
        if ((text.codePointAt(at) ?? 0) > 0xffff) this.#wide.push(this.#length + at);
      }
    }
    this.#length += text.length;
  }

  /** The offset in code units of an offset in code points; undefined when it lies beyond the text. */
  toUnits(points: number): number | undefined {
    let units = points;
    for (const at of this.#wide) {
      if (at >= units) break;
      units += 1;
    }
    return Number.isInteger(points) && points >= 0 && units <= this.#length ? units : undefined;
  }

  /** The offset in code points of an offset in code units; undefined when it lies beyond the text. */
  toPoints(units: number): number | undefined {
    if (!Number.isInteger(units) || units < 0 || units > this.#length) return undefined;
    return units - this.#wide.filter((at) => at < units).length;
  }
}

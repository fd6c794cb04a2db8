/**
 * Cuts a text at the stop text that is complete first, however the text is cut into pieces. Holds back only what may be the
 * beginning of one.
 */
export class StopCutter {
  readonly #stops: readonly string[];
  readonly #longest: number;
  #held = "";
  /** The stop text that was met. */
  matched: string | undefined;

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
    this.#longest = this.#stops.reduce((longest, { length }) => Math.max(longest, length), 0);
  }

  /** What can be said now; after a match only what stood before it. */
  push(piece: string): string {
    const text = this.#held + piece;
    const cut = this.#match(text);
    if (cut !== undefined) {
      this.#held = "";
      return text.slice(0, cut);
    }
    const from = this.#heldFrom(text);
    this.#held = text.slice(from);
    return text.slice(0, from);
  }

  /** What was held back, when no more text can complete it. */
  flush(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  get isHolding(): boolean {
    return this.#held !== "";
  }

  #match(text: string): number | undefined {
    let best: { readonly start: number; readonly end: number; readonly stop: string } | undefined;
    for (const stop of this.#stops) {
      const start = text.indexOf(stop);
      const end = start + stop.length;
      if (start === -1 || (best !== undefined && (end > best.end || (end === best.end && start > best.start))))
        continue;
      best = { start, end, stop };
    }
    this.matched = best?.stop;
    return best?.start;
  }

  #heldFrom(text: string): number {
    for (let from = Math.max(0, text.length - this.#longest + 1); from < text.length; from += 1) {
      const rest = text.slice(from);
      if (this.#stops.some((stop) => stop.startsWith(rest))) return from;
    }
    return text.length;
  }
}

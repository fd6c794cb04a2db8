const mostSeconds = 32;

/**
 * Seconds after which those turned away should come back: doubles while at least three a second of that time are turned
 * away, sinks by one for each quiet spell of it. After Kubernetes' dropped requests tracker. From 1 to 32.
 */
export class RetryAfter {
  #seconds = 1;
  #sinceUs = 0;
  #drops = 0;

  /** Counts one turned away. Returns the seconds to tell it. */
  drop(nowUs: number): number {
    const lengthUs = this.#seconds * 1_000_000;
    const overUs = nowUs - this.#sinceUs - lengthUs;
    if (overUs >= 0) {
      const quietSpells = Math.floor(overUs / lengthUs) + (this.#drops < this.#seconds ? 1 : 0);
      if (this.#drops >= 3 * this.#seconds) this.#seconds = Math.min(mostSeconds, this.#seconds * 2);
      this.#seconds = Math.max(1, this.#seconds - quietSpells);
      this.#sinceUs = nowUs;
      this.#drops = 0;
    }
    this.#drops += 1;
    return this.#seconds;
  }
}

/** A fifth at most is added, so that those turned away together do not come back together. */
const jitterPermille = 201;

/** Spreads delays upward by up to a fifth, whole seconds, the same for the same seed (xorshift32, Marsaglia). */
export class Jitter {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** Milliseconds for so many seconds. */
  spreadMs(seconds: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    const permille = 1000 + ((state >>> 0) % jitterPermille);
    return Math.ceil((seconds * permille) / 1000) * 1000;
  }
}

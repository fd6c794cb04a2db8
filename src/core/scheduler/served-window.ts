/** So far back is looked to foresee a wait: long enough that chance evens out, short enough to notice a flood. */
export const foreseenFromUs = 8_000_000;

/**
 * What was dispatched lately, by level: a sliding window of two fixed stretches, the older one counted by the part of it
 * that still matters. Whole numbers; what it says depends on what was added and when, never on how often it was asked.
 */
export class ServedWindow {
  readonly #tokens: number[];
  readonly #requests: number[];
  readonly #olderTokens: number[];
  readonly #olderRequests: number[];
  readonly #stretchUs: number;
  #sinceUs = 0;

  /** `stretchUs` is how far back it looks at least; twice that is forgotten altogether. */
  constructor(levels: number, stretchUs: number) {
    this.#stretchUs = stretchUs;
    this.#tokens = new Array<number>(levels).fill(0);
    this.#requests = new Array<number>(levels).fill(0);
    this.#olderTokens = new Array<number>(levels).fill(0);
    this.#olderRequests = new Array<number>(levels).fill(0);
  }

  /** Counts what was dispatched, or given back where negative. */
  add(nowUs: number, level: number, tokens: number, requests: number): void {
    this.#turn(nowUs);
    this.#tokens[level] = (this.#tokens[level] ?? 0) + tokens;
    this.#requests[level] = (this.#requests[level] ?? 0) + requests;
  }

  /** Tokens per thousand seconds. */
  tokenRateMilli(nowUs: number, level: number): number {
    return this.#rateMilli(nowUs, this.#tokens[level] ?? 0, this.#olderTokens[level] ?? 0);
  }

  /** Requests per thousand seconds. */
  requestRateMilli(nowUs: number, level: number): number {
    return this.#rateMilli(nowUs, this.#requests[level] ?? 0, this.#olderRequests[level] ?? 0);
  }

  /** Tokens of all levels per thousand seconds. */
  allTokensRateMilli(nowUs: number): number {
    let rateMilli = 0;
    for (let level = 0; level < this.#tokens.length; level += 1) rateMilli += this.tokenRateMilli(nowUs, level);
    return rateMilli;
  }

  /** Requests of all levels per thousand seconds. */
  allRequestsRateMilli(nowUs: number): number {
    let rateMilli = 0;
    for (let level = 0; level < this.#requests.length; level += 1) rateMilli += this.requestRateMilli(nowUs, level);
    return rateMilli;
  }

  #rateMilli(nowUs: number, newer: number, older: number): number {
    const passedUs = Math.max(0, nowUs - this.#sinceUs);
    // Asking must not turn the window, or a look from outside would change it.
    if (passedUs >= 2 * this.#stretchUs) return 0;
    const turned = passedUs >= this.#stretchUs;
    const whole = turned ? 0 : newer;
    const part = turned ? newer : older;
    const leftUs = this.#stretchUs - (turned ? passedUs - this.#stretchUs : passedUs);
    const sum = Math.max(0, whole + Math.floor((part * leftUs) / this.#stretchUs));
    return Math.floor((sum * 1_000_000_000) / this.#stretchUs);
  }

  #turn(nowUs: number): void {
    const passedUs = nowUs - this.#sinceUs;
    if (passedUs < this.#stretchUs) return;
    const follows = passedUs < 2 * this.#stretchUs;
    for (let level = 0; level < this.#tokens.length; level += 1) {
      this.#olderTokens[level] = follows ? (this.#tokens[level] ?? 0) : 0;
      this.#olderRequests[level] = follows ? (this.#requests[level] ?? 0) : 0;
      this.#tokens[level] = 0;
      this.#requests[level] = 0;
    }
    this.#sinceUs = nowUs - (nowUs % this.#stretchUs);
  }
}

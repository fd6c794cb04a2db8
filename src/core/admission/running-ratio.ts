/** When so many samples are held both sums are halved, so that the last few dozen decide. */
const samplesKept = 64;

/** The ratio of two sums of tokens, in which what is long past weighs less and less. Whole numbers alone. */
export class RunningRatio {
  #numerator = 0;
  #denominator = 0;
  #samples = 0;

  /** Takes one pair of whole numbers, the second above 0. */
  add(numerator: number, denominator: number): void {
    if (this.#samples >= samplesKept) {
      this.#samples >>= 1;
      this.#numerator = Math.floor(this.#numerator / 2);
      this.#denominator = Math.ceil(this.#denominator / 2);
    }
    this.#samples += 1;
    this.#numerator += numerator;
    this.#denominator += denominator;
  }

  /** `amount` times the ratio, rounded; the ratio is taken to a thousandth. 0 before the first pair. */
  times(amount: number): number {
    const permille = Math.round((this.#numerator * 1_000) / Math.max(1, this.#denominator));
    return Math.round((amount * permille) / 1_000);
  }
}

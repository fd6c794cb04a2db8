import { SequenceRandom } from "#core/effects/sequence-random.ts";

const terms = 24;

/** The natural logarithm from plain arithmetic alone: the same bits on every machine, which a library's is not. */
function logarithm(value: number): number {
  let mantissa = value;
  let exponent = 0;
  for (; mantissa < 0.75; mantissa *= 2) exponent -= 1;
  for (; mantissa > 1.5; mantissa /= 2) exponent += 1;
  const ratio = (mantissa - 1) / (mantissa + 1);
  let power = ratio;
  let sum = 0;
  for (let odd = 1; odd < 2 * terms; odd += 2) {
    sum += power / odd;
    power *= ratio * ratio;
  }
  return 2 * sum + exponent * Math.LN2;
}

/** The exponential function, from plain arithmetic alone. */
function exponential(value: number): number {
  const halvings = 8;
  const small = value / 2 ** halvings;
  let term = 1;
  let sum = 1;
  for (let index = 1; index < terms; index += 1) {
    term *= small / index;
    sum += term;
  }
  for (let index = 0; index < halvings; index += 1) sum *= sum;
  return sum;
}

/** Seeded chance in whole numbers. The same seed draws the same on every machine. */
export class Draws {
  readonly #random: SequenceRandom;

  constructor(seed: number) {
    this.#random = new SequenceRandom(seed);
  }

  uniform(): number {
    return this.#random.uniform();
  }

  /** From `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.uniform() * (most - least + 1));
  }

  /** A gap of a Poisson process with this mean. */
  gap(mean: number): number {
    return Math.round(-mean * logarithm(1 - this.uniform()));
  }

  /** Log-normal with this median; `spread` is the standard deviation of its logarithm. */
  logNormal(median: number, spread: number): number {
    let sum = -6;
    for (let index = 0; index < 12; index += 1) sum += this.uniform();
    return Math.max(1, Math.round(median * exponential(spread * sum)));
  }
}

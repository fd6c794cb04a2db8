/**
 * Smooth weighted round-robin (nginx's algorithm): deterministic, spreads choices evenly, no bursts. Weights are
 * whole numbers; an index of weight 0 is never chosen unless all are 0, then the first one is.
 */
export class WeightedChoice {
  readonly weights: readonly number[];
  readonly #current: number[];
  readonly #total: number;

  constructor(weights: readonly number[]) {
    this.weights = weights;
    this.#current = weights.map(() => 0);
    this.#total = weights.reduce((sum, weight) => sum + weight, 0);
  }

  /** The index of the next choice. */
  next(): number {
    if (this.weights.length === 1 || this.#total === 0) return 0;
    let best = 0;
    this.weights.forEach((weight, index) => {
      const raised = (this.#current[index] ?? 0) + weight;
      this.#current[index] = raised;
      if (raised > (this.#current[best] ?? 0)) best = index;
    });
    this.#current[best] = (this.#current[best] ?? 0) - this.#total;
    return best;
  }
}

/** One place that can answer: a provider, and the model name to ask it for (the caller's own when undefined). */
export interface Target {
  readonly provider: string;
  readonly model?: string;
  /** Share of first choices inside a weighted route; undefined when the route has no weights. */
  readonly weight?: number;
}

/** Targets that can answer alike. */
export type Pool = readonly Target[];

/** A line of `[routes]`: pools in order of fallback. */
export interface Route {
  /** Exact name or pattern with `*`. */
  readonly pattern: string;
  readonly pools: readonly Pool[];
}

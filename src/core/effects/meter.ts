/** Label values in the order of the label names the instrument was made with. */
export type LabelValues = readonly string[];

/** A sum that only grows. */
export interface Counter {
  add(amount: number, ...labels: LabelValues): void;
}
/** A value that goes up and down. */
export interface Gauge {
  set(value: number, ...labels: LabelValues): void;
  add(amount: number, ...labels: LabelValues): void;
}
/** A distribution over fixed buckets. */
export interface Histogram {
  observe(value: number, ...labels: LabelValues): void;
}

/**
 * Makes instruments. Names follow the Prometheus rules (base units, `_total`); each may hold a bounded number of
 * series, beyond it the values of every label become `other`.
 */
export interface Meter {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge;
  histogram(name: string, help: string, buckets: readonly number[], labelNames?: readonly string[]): Histogram;
}

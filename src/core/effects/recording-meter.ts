import type { Counter, Gauge, Histogram, LabelValues, Meter } from "#core/effects/meter.ts";

/** A meter that keeps what it was told by series, for tests. A series is named `name` or `name{a,b}` by its label values. */
export class RecordingMeter implements Meter {
  readonly #values = new Map<string, number>();
  readonly #observations = new Map<string, number[]>();
  /** Instruments made so far, in order, with the label names they were made with. */
  readonly instruments: { readonly name: string; readonly labelNames: readonly string[] }[] = [];

  counter(name: string, _help: string, labelNames: readonly string[] = []): Counter {
    const check = this.#register(name, labelNames);
    return { add: (amount, ...labels) => this.#add(check(labels), amount) };
  }

  gauge(name: string, _help: string, labelNames: readonly string[] = []): Gauge {
    const check = this.#register(name, labelNames);
    return {
      set: (value, ...labels) => {
        this.#values.set(check(labels), value);
      },
      add: (amount, ...labels) => this.#add(check(labels), amount),
    };
  }

  histogram(name: string, _help: string, _buckets: readonly number[], labelNames: readonly string[] = []): Histogram {
    const check = this.#register(name, labelNames);
    return {
      observe: (value, ...labels) => {
        const series = check(labels);
        const seen = this.#observations.get(series) ?? [];
        seen.push(value);
        this.#observations.set(series, seen);
      },
    };
  }

  /** Value of a counter or gauge; 0 when it was never touched. */
  value(name: string, ...labels: LabelValues): number {
    return this.#values.get(seriesName(name, labels)) ?? 0;
  }

  /** What a histogram observed, in order. */
  observations(name: string, ...labels: LabelValues): readonly number[] {
    return this.#observations.get(seriesName(name, labels)) ?? [];
  }

  #register(name: string, labelNames: readonly string[]): (labels: LabelValues) => string {
    this.instruments.push({ name, labelNames });
    return (labels) => {
      if (labels.length !== labelNames.length) throw new TypeError(`${name} takes ${labelNames.length} label values`);
      return seriesName(name, labels);
    };
  }

  #add(series: string, amount: number): void {
    this.#values.set(series, (this.#values.get(series) ?? 0) + amount);
  }
}

function seriesName(name: string, labels: LabelValues): string {
  return labels.length === 0 ? name : `${name}{${labels.join(",")}}`;
}

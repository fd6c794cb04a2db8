import type { Counter, Gauge, Histogram, LabelValues } from "#core/effects/meter.ts";
import { number, sample } from "#integrations/telemetry/exposition.ts";
import { SeriesTable } from "#integrations/telemetry/series.ts";

/** What an instrument is made of. */
export interface InstrumentOptions {
  readonly name: string;
  readonly labelNames: readonly string[];
  readonly seriesLimit: number;
}

/** Something that can write its samples. */
export interface Instrument {
  samples(): string;
}

interface Scalar {
  value: number;
}

/** A counter; amounts below zero and not-a-number are left out, so that it never falls. */
export class PrometheusCounter implements Counter, Instrument {
  readonly #name: string;
  readonly #series: SeriesTable<Scalar>;

  constructor(options: InstrumentOptions) {
    this.#name = options.name;
    this.#series = new SeriesTable(options.labelNames, options.seriesLimit, () => ({ value: 0 }));
  }

  add(amount: number, ...labels: LabelValues): void {
    if (amount >= 0) this.#series.find(labels).value += amount;
  }

  samples(): string {
    return scalarSamples(this.#name, this.#series);
  }
}

/** A gauge. */
export class PrometheusGauge implements Gauge, Instrument {
  readonly #name: string;
  readonly #series: SeriesTable<Scalar>;

  constructor(options: InstrumentOptions) {
    this.#name = options.name;
    this.#series = new SeriesTable(options.labelNames, options.seriesLimit, () => ({ value: 0 }));
  }

  set(value: number, ...labels: LabelValues): void {
    this.#series.find(labels).value = value;
  }

  add(amount: number, ...labels: LabelValues): void {
    this.#series.find(labels).value += amount;
  }

  samples(): string {
    return scalarSamples(this.#name, this.#series);
  }
}

interface Distribution {
  /** Observations per bucket, not yet cumulative; the last one is +Inf. */
  readonly counts: Float64Array;
  sum: number;
}

/** A histogram over fixed upper bounds; not-a-number is left out. */
export class PrometheusHistogram implements Histogram, Instrument {
  readonly #name: string;
  readonly #bounds: readonly number[];
  readonly #series: SeriesTable<Distribution>;

  constructor(options: InstrumentOptions & { readonly buckets: readonly number[] }) {
    this.#name = options.name;
    this.#bounds = options.buckets.filter(Number.isFinite);
    const size = this.#bounds.length + 1;
    this.#series = new SeriesTable(options.labelNames, options.seriesLimit, () => ({
      counts: new Float64Array(size),
      sum: 0,
    }));
  }

  observe(value: number, ...labels: LabelValues): void {
    if (Number.isNaN(value)) return;
    const series = this.#series.find(labels);
    const bucket = this.#bucket(value);
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += value;
  }

  samples(): string {
    let text = "";
    for (const [pairs, { counts, sum }] of this.#series.entries()) {
      const lead = pairs === "" ? "" : `${pairs},`;
      let total = 0;
      for (let index = 0; index < counts.length; index += 1) {
        total += counts[index] ?? 0;
        text += sample(`${this.#name}_bucket`, `${lead}le="${number(this.#bounds[index] ?? Infinity)}"`, total);
      }
      text += sample(`${this.#name}_sum`, pairs, sum) + sample(`${this.#name}_count`, pairs, total);
    }
    return text;
  }

  #bucket(value: number): number {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? Infinity)) index += 1;
    return index;
  }
}

/** A counter or gauge whose only value is read when someone asks; undefined leaves it out. */
export class ReadInstrument implements Instrument {
  readonly #name: string;
  readonly #read: () => number | undefined;

  constructor(name: string, read: () => number | undefined) {
    this.#name = name;
    this.#read = read;
  }

  samples(): string {
    const value = this.#read();
    return value === undefined ? "" : sample(this.#name, "", value);
  }
}

function scalarSamples(name: string, series: SeriesTable<Scalar>): string {
  let text = "";
  for (const [pairs, { value }] of series.entries()) text += sample(name, pairs, value);
  return text;
}

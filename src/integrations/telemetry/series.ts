import type { LabelValues } from "#core/effects/meter.ts";
import { labelPairs } from "#integrations/telemetry/exposition.ts";

const longestValue = 128;

/**
 * The series of one instrument, found by their label values. At most `limit` of them; whatever comes later is counted
 * together under the label value `other`.
 */
export class SeriesTable<Series> {
  readonly #labelNames: readonly string[];
  readonly #limit: number;
  readonly #create: () => Series;
  readonly #byKey = new Map<string, Series>();
  readonly #byPairs = new Map<string, Series>();
  #overflow: Series | undefined;

  constructor(labelNames: readonly string[], limit: number, create: () => Series) {
    this.#labelNames = labelNames;
    this.#limit = limit;
    this.#create = create;
    if (labelNames.length === 0) this.find([]);
  }

  /** The series of these values, made on first sight. */
  find(values: LabelValues): Series {
    const key = values.length === 1 ? (values[0] ?? "") : values.join("\u0000");
    return this.#byKey.get(key) ?? this.#add(key, values);
  }

  /** Every series with its label pairs, in order of first sight. */
  entries(): Iterable<readonly [pairs: string, series: Series]> {
    return this.#byPairs;
  }

  #add(key: string, values: LabelValues): Series {
    if (this.#byPairs.size >= this.#limit) return this.#other();
    const shown = this.#labelNames.map((_, index) => (values[index] ?? "").slice(0, longestValue));
    const series = this.#register(shown);
    // A longer key is looked up by its text each time, so that a hostile one is not kept.
    if (key.length <= longestValue * Math.max(1, this.#labelNames.length)) this.#byKey.set(key, series);
    return series;
  }

  #register(values: LabelValues): Series {
    const pairs = labelPairs(this.#labelNames, values);
    const known = this.#byPairs.get(pairs);
    if (known !== undefined) return known;
    const series = this.#create();
    this.#byPairs.set(pairs, series);
    return series;
  }

  #other(): Series {
    this.#overflow ??= this.#register(this.#labelNames.map(() => "other"));
    return this.#overflow;
  }
}

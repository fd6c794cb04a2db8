import type { LabelValues } from "#core/effects/meter.ts";
import { labelPairs } from "#integrations/telemetry/exposition.ts";

const longestValue = 128;

/** A level of labels: the next level by value, the last one with the series. */
interface Level<Series> {
  readonly next: Map<string, Level<Series>>;
  series: Series | undefined;
}

/**
 * The series of one instrument, found by their label values one after the other (joining them would cost more than the
 * count itself). At most `limit` of them; whatever comes later is counted together under the label value `other`.
 */
export class SeriesTable<Series> {
  readonly #labelNames: readonly string[];
  readonly #limit: number;
  readonly #create: () => Series;
  readonly #root: Level<Series> = { next: new Map(), series: undefined };
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
    let level: Level<Series> | undefined = this.#root;
    for (let index = 0; index < values.length && level !== undefined; index += 1)
      level = level.next.get(values[index] ?? "");
    return level?.series ?? this.#add(values);
  }

  /** Every series with its label pairs, in order of first sight. */
  entries(): Iterable<readonly [pairs: string, series: Series]> {
    return this.#byPairs;
  }

  #add(values: LabelValues): Series {
    if (this.#byPairs.size >= this.#limit) return this.#other();
    const shown = this.#labelNames.map((_, index) => (values[index] ?? "").slice(0, longestValue));
    const series = this.#register(shown);
    // A longer value is looked up by its text each time, so that a hostile one is not kept.
    if (values.every((value) => value.length <= longestValue)) this.#levelOf(values).series = series;
    return series;
  }

  #levelOf(values: LabelValues): Level<Series> {
    let level = this.#root;
    for (const value of values) {
      const below: Level<Series> = level.next.get(value) ?? { next: new Map(), series: undefined };
      level.next.set(value, below);
      level = below;
    }
    return level;
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

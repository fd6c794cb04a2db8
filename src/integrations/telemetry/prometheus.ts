import type { Meter } from "#core/effects/meter.ts";
import { GatewayError } from "#core/errors.ts";
import { familyHead, type MetricKind, validNames } from "#integrations/telemetry/exposition.ts";
import {
  type Instrument,
  PrometheusCounter,
  PrometheusGauge,
  PrometheusHistogram,
  ReadInstrument,
} from "#integrations/telemetry/instruments.ts";

interface Family {
  readonly head: string;
  /** Kind, labels and buckets: what a second maker of the same name must agree with. */
  readonly shape: string;
  readonly instrument: Instrument;
}

/**
 * A meter whose state is read as Prometheus text (format 0.0.4). Asking twice for the same instrument gives the same
 * one; asking for the name in another shape, or for a name the format forbids, throws `internal`.
 */
export class PrometheusRegistry implements Meter {
  readonly #seriesLimit: number;
  readonly #families = new Map<string, Family>();

  /** `seriesLimit`: series per instrument, 500 unless told; beyond it every label value becomes `other`. */
  constructor(options: { readonly seriesLimit?: number } = {}) {
    this.#seriesLimit = options.seriesLimit ?? 500;
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): PrometheusCounter {
    const options = { name, labelNames, seriesLimit: this.#seriesLimit };
    return this.#family(name, help, "counter", labelNames, [], () => new PrometheusCounter(options), PrometheusCounter);
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): PrometheusGauge {
    const options = { name, labelNames, seriesLimit: this.#seriesLimit };
    return this.#family(name, help, "gauge", labelNames, [], () => new PrometheusGauge(options), PrometheusGauge);
  }

  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly string[] = [],
  ): PrometheusHistogram {
    const options = { name, labelNames, buckets, seriesLimit: this.#seriesLimit };
    const make = () => new PrometheusHistogram(options);
    return this.#family(name, help, "histogram", labelNames, buckets, make, PrometheusHistogram);
  }

  /** A metric without labels whose value is read at each scrape; undefined where the machine cannot tell. */
  read(kind: "counter" | "gauge", name: string, help: string, value: () => number | undefined): void {
    this.#family(name, help, kind, [], [], () => new ReadInstrument(name, value), ReadInstrument);
  }

  /** Everything, in order of making. */
  text(): string {
    let text = "";
    for (const { head, instrument } of this.#families.values()) text += head + instrument.samples();
    return text;
  }

  #family<Kind extends Instrument>(
    name: string,
    help: string,
    kind: MetricKind,
    labelNames: readonly string[],
    buckets: readonly number[],
    make: () => Kind,
    type: abstract new (...parameters: never[]) => Kind,
  ): Kind {
    const shape = JSON.stringify([kind, labelNames, buckets]);
    const known = this.#families.get(name);
    if (known !== undefined) {
      if (known.shape === shape && known.instrument instanceof type) return known.instrument;
      throw new GatewayError("internal", `Metric ${name} was already made in another shape.`);
    }
    const rising = buckets.every((bound, index) => index === 0 || bound > (buckets[index - 1] ?? Infinity));
    if (!validNames(name, labelNames) || !rising) {
      throw new GatewayError("internal", `Metric ${name} has an invalid name, label or bucket.`);
    }
    const instrument = make();
    this.#families.set(name, { head: familyHead(name, help, kind), shape, instrument });
    return instrument;
  }
}

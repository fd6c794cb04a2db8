import type { Counter, Gauge, Histogram, Meter } from "#core/effects/meter.ts";

const ignore = (): void => {};

/** A meter that measures nothing. */
export const nullMeter: Meter = {
  counter: (): Counter => ({ add: ignore }),
  gauge: (): Gauge => ({ set: ignore, add: ignore }),
  histogram: (): Histogram => ({ observe: ignore }),
};

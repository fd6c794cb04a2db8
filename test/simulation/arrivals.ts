import type { Simulation } from "./simulation.ts";

/** When requests come: each calls `send` at its moment. */
export interface Span {
  readonly fromUs: number;
  readonly untilUs: number;
  readonly perSecond: number;
}

type Send = () => void;

/** At even distances. */
export function steady(simulation: Simulation, { fromUs, untilUs, perSecond }: Span, send: Send): void {
  const gapUs = 1_000_000 / perSecond;
  every(simulation, fromUs, untilUs, () => gapUs, send);
}

/** With exponential gaps. */
export function poisson(simulation: Simulation, { fromUs, untilUs, perSecond }: Span, send: Send): void {
  const meanUs = 1_000_000 / perSecond;
  every(simulation, fromUs, untilUs, () => simulation.draws.gap(meanUs), send);
}

/** Poisson for `onUs`, silence for `offUs`, and again. */
export function onOff(simulation: Simulation, span: Span, onUs: number, offUs: number, send: Send): void {
  for (let fromUs = span.fromUs; fromUs < span.untilUs; fromUs += onUs + offUs) {
    poisson(simulation, { ...span, fromUs, untilUs: Math.min(span.untilUs, fromUs + onUs) }, send);
  }
}

/** Poisson whose rate grows in ten steps from nothing to `perSecond`. */
export function increasing(simulation: Simulation, { fromUs, untilUs, perSecond }: Span, send: Send): void {
  const stepUs = (untilUs - fromUs) / 10;
  for (let step = 0; step < 10; step += 1) {
    const begin = fromUs + step * stepUs;
    poisson(simulation, { fromUs: begin, untilUs: begin + stepUs, perSecond: (perSecond * (step + 1)) / 10 }, send);
  }
}

/** All in one moment. */
export function atOnce(simulation: Simulation, atUs: number, count: number, send: Send): void {
  simulation.events.at(atUs, () => {
    for (let index = 0; index < count; index += 1) send();
  });
}

function every(simulation: Simulation, fromUs: number, untilUs: number, gapUs: () => number, send: Send): void {
  const next = (atUs: number): void => {
    if (atUs >= untilUs) return;
    simulation.events.at(atUs, () => {
      send();
      next(atUs + gapUs());
    });
  };
  next(fromUs + gapUs());
}

import { drawChart } from "./chart.ts";
import { sum, tokensOf, type Window } from "./measures.ts";
import { traceTokensPerSecond } from "./published-trace.ts";
import { secondUs } from "./scene.ts";
import type { Fate } from "./simulation.ts";
import { playTrace, traceWindow } from "./trace-scene.ts";

/** What the trace asked for and got, second by second of five minutes, in thousandths of capacity. */
export interface TraceFigure {
  readonly capacityTokensPerSecond: number;
  readonly secondsEach: number;
  readonly askedPermille: readonly number[];
  readonly servedPermille: readonly number[];
  /** Of all tokens that were asked for, times a thousand. */
  readonly letInPermille: number;
}

const secondsEach = 5;
const spans = 60;

/** The trace against a quarter more capacity than its mean needs: bursts ask for half as much again as there is. */
export function traceFigure(seed: number): TraceFigure {
  const timesMean = 1.25;
  const { simulation, ofTenant } = playTrace(seed, timesMean);
  const capacity = timesMean * traceTokensPerSecond;
  const permille = (atUs: (fate: Fate) => number | undefined, window: Window): number => {
    const inside = simulation.fates.filter((fate) => {
      const moment = atUs(fate) ?? -1;
      return moment >= window.fromUs && moment < window.untilUs;
    });
    return Math.round((1_000 * sum(inside.map(tokensOf))) / (capacity * secondsEach));
  };
  const windows = Array.from({ length: spans }, (_, span) => {
    const fromUs = traceWindow.fromUs + span * secondsEach * secondUs;
    return { fromUs, untilUs: fromUs + secondsEach * secondUs };
  });
  return {
    capacityTokensPerSecond: Math.round(capacity),
    secondsEach,
    askedPermille: windows.map((window) => permille(({ arrivedUs }) => arrivedUs, window)),
    servedPermille: windows.map((window) => permille(({ startedUs }) => startedUs, window)),
    letInPermille: Math.round(
      (1_000 * sum(ofTenant.map(({ served }) => served))) / sum(ofTenant.map(({ asked }) => asked)),
    ),
  };
}

export function drawTrace({ askedPermille, servedPermille }: TraceFigure): string {
  return drawChart({
    title: "Talk and bursts of code, as in a published trace: asked for, and let through",
    kind: "line",
    axis: askedPermille.map((_, span) => (span % 6 === 0 ? `${span * secondsEach}` : "")),
    axisTitle: "seconds",
    valueTitle: "% of capacity",
    marks: [0, 50, 100, 150, 200],
    series: [
      { name: "let through", values: servedPermille.map((permille) => permille / 10) },
      { name: "asked for", values: askedPermille.map((permille) => permille / 10) },
    ],
  });
}

import { drawChart } from "./chart.ts";
import { cloggedStore } from "./clogged-store.ts";
import { goodputPerSecond } from "./measures.ts";
import { secondUs, tokensPerSecond } from "./scene.ts";
import type { Fate } from "./simulation.ts";

/** What gateways let through second by second, in thousandths of the limit that they share. */
export interface CloggedFigure {
  readonly phase: readonly string[];
  readonly secondsEach: number;
  readonly allNodesPermille: readonly number[];
  readonly busiestNodePermille: readonly number[];
}

const secondsEach = 2;

/** Four gateways, asked for 0.2, 0.5, 1 and 2 times the limit, while the store that they share it by goes through every trouble. */
export async function cloggedFigure(seed: number): Promise<CloggedFigure> {
  const { cluster, phases } = await cloggedStore(seed);
  const spanUs = secondsEach * secondUs;
  const spans = phases.flatMap(({ name, fromUs, untilUs }) =>
    Array.from({ length: (untilUs - fromUs) / spanUs }, (_, span) => ({ name, fromUs: fromUs + span * spanUs })),
  );
  const permille = (fates: readonly Fate[]): number[] =>
    spans.map(({ fromUs }) =>
      Math.round((1_000 * goodputPerSecond(fates, { fromUs, untilUs: fromUs + spanUs })) / tokensPerSecond),
    );
  return {
    phase: spans.map(({ name }) => name),
    secondsEach,
    allNodesPermille: permille(cluster.fates),
    busiestNodePermille: permille(cluster.nodes.at(-1)?.simulation.fates ?? []),
  };
}

export function drawClogged({ phase, allNodesPermille, busiestNodePermille }: CloggedFigure): string {
  const [from, each] = [2, phase.length / new Set(phase).size];
  return drawChart({
    title: "Four gateways share one limit through a store that is in trouble",
    kind: "line",
    axis: phase.map((name, span) => (span % each === from ? name : "")),
    axisTitle: `how the store is, ${each * secondsEach} seconds each`,
    valueTitle: "% of the limit",
    marks: [0, 25, 50, 75, 100, 125, 150],
    series: [
      { name: "all four", values: allNodesPermille.map((permille) => permille / 10) },
      { name: "the busiest of them", values: busiestNodePermille.map((permille) => permille / 10) },
    ],
  });
}

import { serviceBy, tokensOf, type Window } from "./measures.ts";
import { sendTrace, traceTokensPerSecond } from "./published-trace.ts";
import { scene, secondUs } from "./scene.ts";
import type { Simulation } from "./simulation.ts";

/** What is measured of a run of the trace, after a minute to settle: nine minutes. */
export const traceWindow: Window = { fromUs: 60 * secondUs, untilUs: 600 * secondUs };

/** Tokens of one tenant in the measured part. */
export interface TenantShare {
  readonly name: string;
  readonly asked: number;
  readonly served: number;
}

/** Plays the trace against so many times the capacity that its mean would need. Prompt and answer cost the same. */
export function playTrace(
  seed: number,
  timesMean: number,
): { readonly simulation: Simulation; readonly ofTenant: readonly TenantShare[]; readonly equalShare: number } {
  const tokensPerSecond = Math.round(timesMean * traceTokensPerSecond);
  const evenCost = { costPermille: { input: 1_000, cached: 1_000, output: 1_000 } };
  const simulation = scene(seed, { tokensPerSecond }, evenCost);
  const { fromUs, untilUs } = traceWindow;
  sendTrace(simulation, { fromUs: 0, untilUs }, 5);
  simulation.run(untilUs);
  const asked = new Map<string, number>();
  for (const fate of simulation.fates) {
    const { tenant } = fate.request;
    if (fate.arrivedUs >= fromUs) asked.set(tenant, (asked.get(tenant) ?? 0) + tokensOf(fate));
  }
  const served = serviceBy(simulation.fates, traceWindow, ({ request }) => request.tenant);
  const seconds = (untilUs - fromUs) / secondUs;
  return {
    simulation,
    ofTenant: [...asked].map(([name, tokens]) => ({ name, asked: tokens, served: served.get(name) ?? 0 })),
    equalShare: (tokensPerSecond * seconds) / asked.size,
  };
}

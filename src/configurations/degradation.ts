import { DegradationLadder, type SheddingRules, type SheddingRung } from "#core/degradation/ladder.ts";
import type { Neighbours } from "#core/degradation/step.ts";
import type { Host } from "#configurations/host.ts";
import type { Metrics } from "#configurations/metrics.ts";
import type { Settings } from "#settings/settings.ts";

/** What the ladder takes from the composition around it. */
export interface LadderParts {
  readonly host: Pick<Host, "clock" | "log">;
  readonly metrics: Metrics;
  readonly neighbours: () => Neighbours;
}

/** Full doors refuse one by one already: being full is no reason to shut them for all. */
const never = Number.POSITIVE_INFINITY;

/** The ladder of degradation, shown anew whenever somebody reads the metrics. */
export function composeLadder(settings: Settings, { host, metrics, neighbours }: LadderParts): DegradationLadder {
  const { clock, log } = host;
  const ladder = new DegradationLadder({
    clock,
    log,
    meter: metrics.meter,
    rules: sheddingRules(settings),
    neighbours,
  });
  metrics.onRead(() => ladder.look());
  return ladder;
}

/** What is done with each look at the lateness of the event loop. */
export function onPressure(
  ladder: DegradationLadder,
  doors: { readonly loadPermille: number },
  memory: { readonly permille: number },
  { onEventLoopLag }: { readonly onEventLoopLag: ((lagMs: number) => void) | undefined },
): (lagMs: number) => void {
  return (lagMs) => {
    onEventLoopLag?.(lagMs);
    ladder.sample({ lagMs, loadPermille: doors.loadPermille, memoryPermille: memory.permille });
  };
}

/** Without scheduling there are no levels and nobody waits: only the last step makes sense. */
function sheddingRules({ gateway: { shedding }, scheduling }: Settings): SheddingRules {
  const { mode, lagMs, recoveryMs: calmMs } = shedding;
  if (mode === "off") return { mode, rungs: [], calmMs };
  const last: SheddingRung = { step: "refuse_new", lagMs: 4 * lagMs, loadPermille: never, memoryPermille: 950 };
  const rungs: readonly SheddingRung[] = [
    { step: "shed_worst", lagMs, loadPermille: 800, memoryPermille: 850 },
    { step: "shed_waiting", lagMs: 2 * lagMs, loadPermille: 900, memoryPermille: 900 },
    last,
  ];
  return { mode, rungs: scheduling.enabled ? rungs : [last], calmMs };
}

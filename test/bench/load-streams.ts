import { quantile } from "#core/bench/statistics.ts";
import { endlessStream, heldStreams } from "#platform/bench/held-streams.ts";
import { chatRequest, RawConnection } from "#platform/bench/raw-connection.ts";
import { type LoadPlan, type LoadResult, nothingMeasured, wallClockMs } from "./load-plan.ts";

/** Holds all streams open for the time after the last one began, and times the gaps between events of each. */
export async function holdStreams(plan: LoadPlan & { mode: "streams" }): Promise<LoadResult> {
  const { lateMs, eventsPerSecond, stalls, failed } = await heldStreams({ ...plan, settleMs: 1_000 });
  return {
    ...nothingMeasured,
    requests: plan.streams,
    errors: failed,
    eventsPerSecond,
    lateP99Ms: quantile(lateMs, 0.99),
    stalls,
  };
}

/** Opens streams, waits for the first event of each, holds them, then hangs up on all of them at once. */
export async function abortStreams(plan: LoadPlan & { mode: "aborts" }): Promise<LoadResult> {
  const request = chatRequest(plan.key, endlessStream);
  let errors = 0;
  const begin = (): Promise<RawConnection> =>
    new Promise((resolve, reject) => {
      const broken = (): void => {
        errors += 1;
      };
      const opening = RawConnection.open(plan.port, {
        onEvents: () => void opening.then(resolve),
        onDone: broken,
        onBroken: broken,
      });
      opening.then((connection) => connection.send(request)).catch(reject);
    });
  const open = await Promise.all(Array.from({ length: plan.streams }, begin));
  await Bun.sleep(plan.holdMs);
  const hungUpAtMs = wallClockMs();
  for (const connection of open) connection.close();
  await Bun.sleep(10);
  return { ...nothingMeasured, requests: plan.streams, errors, hungUpAtMs };
}

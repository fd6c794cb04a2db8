import { quantile } from "#core/bench/statistics.ts";
import { openLoop } from "#platform/bench/open-loop.ts";
import { chatRequest } from "#platform/bench/raw-connection.ts";
import { type LoadPlan, type LoadResult, nothingMeasured } from "./load-plan.ts";
import { requestsByKeys } from "./requests-by-keys.ts";

/** Requests arrive at a constant rate whatever the server does. The first half second warms up. */
export async function openLoad(plan: LoadPlan & { mode: "open" }): Promise<LoadResult> {
  const { latenciesMs, failed } = await openLoop({
    ...plan,
    connections: plan.connections ?? 64,
    warmUpSeconds: 0.5,
    nextRequest: requestsByKeys(plan, (key) => Buffer.from(chatRequest(key, plan.fields))),
  });
  return {
    ...nothingMeasured,
    requests: latenciesMs.length,
    errors: failed,
    perSecond: plan.ratePerSecond,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  };
}

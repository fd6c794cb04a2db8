import { quantile } from "#core/bench/statistics.ts";
import { closedLoop } from "#platform/bench/closed-loop.ts";
import { chatRequest } from "#platform/bench/raw-connection.ts";
import { callerRequest } from "./caller-request.ts";
import { type LoadPlan, type LoadResult, nothingMeasured } from "./load-plan.ts";
import { requestsByKeys } from "./requests-by-keys.ts";

/** Every connection sends its next request when the last one is answered. The first tenth of the time warms up. */
export async function closedLoad(plan: LoadPlan & { mode: "closed" }): Promise<LoadResult> {
  const { call } = plan;
  const { latenciesMs, perSecond, eventsPerSecond, failed } = await closedLoop({
    ...plan,
    nextRequest: requestsByKeys(plan, (key) =>
      call === undefined ? Buffer.from(chatRequest(key, plan.fields)) : callerRequest(key, call),
    ),
  });
  return {
    ...nothingMeasured,
    requests: latenciesMs.length,
    errors: failed,
    perSecond,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    eventsPerSecond,
  };
}

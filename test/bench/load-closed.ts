import { callerRequest } from "./caller-request.ts";
import { type LoadPlan, type LoadResult, nothingMeasured } from "./load-plan.ts";
import { chatRequest, RawConnection } from "./raw-client.ts";
import { requestsByKeys } from "./requests-by-keys.ts";
import { quantile } from "./statistics.ts";

/** Every connection sends its next request when the last one is answered. The first tenth of the time warms up. */
export async function closedLoop(plan: LoadPlan & { mode: "closed" }): Promise<LoadResult> {
  const { call } = plan;
  const nextRequest = requestsByKeys(plan, (key) =>
    call === undefined ? Buffer.from(chatRequest(key, plan.fields)) : callerRequest(key, call),
  );
  const latencies: number[] = [];
  const open: RawConnection[] = [];
  let errors = 0;
  let events = 0;
  const started = performance.now();
  const measureFrom = started + plan.seconds * 100;
  const end = started + plan.seconds * 1000;

  const connect = async (): Promise<void> => {
    let sentAt = 0;
    const next = (): void => {
      sentAt = performance.now();
      if (sentAt < end) connection.send(nextRequest());
    };
    const connection = await RawConnection.open(plan.port, {
      onEvents: (count) => {
        if (performance.now() >= measureFrom) events += count;
      },
      onDone: (status) => {
        const now = performance.now();
        if (status !== 200) errors += 1;
        else if (now >= measureFrom && now < end) latencies.push(now - sentAt);
        next();
      },
      onBroken: () => {
        errors += 1;
      },
    });
    open.push(connection);
    next();
  };
  await Promise.all(Array.from({ length: plan.connections }, connect));
  await Bun.sleep(end - performance.now() + 20);
  for (const connection of open) connection.close();

  const seconds = (end - measureFrom) / 1000;
  return {
    ...nothingMeasured,
    requests: latencies.length,
    errors,
    perSecond: latencies.length / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    eventsPerSecond: events / seconds,
  };
}

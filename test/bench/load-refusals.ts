import { type LoadPlan, type LoadResult, nothingMeasured } from "./load-plan.ts";
import { chatRequest, RawConnection } from "#platform/bench/raw-connection.ts";
import { quantile } from "#core/bench/statistics.ts";

const warmUpMs = 500;

/**
 * A flood that is to be turned away: requests at a constant rate, but never more at once than there are connections.
 * Whoever gets through counts for nothing, any other status is an error. The first half second warms up.
 */
export async function refusals(plan: LoadPlan & { mode: "refusals" }): Promise<LoadResult> {
  const request = Buffer.from(chatRequest(plan.key, plan.fields));
  const idle: (() => void)[] = [];
  const open: RawConnection[] = [];
  const latencies: number[] = [];
  let errors = 0;
  const started = performance.now();
  const measureFrom = started + warmUpMs;

  const connect = async (): Promise<void> => {
    let sentAt = 0;
    const send = (): void => {
      sentAt = performance.now();
      connection.send(request);
    };
    const connection = await RawConnection.open(plan.port, {
      onDone: (status) => {
        const now = performance.now();
        if (status === plan.status && now >= measureFrom) latencies.push(now - sentAt);
        if (status !== plan.status && status !== 200) errors += 1;
        idle.push(send);
      },
      onBroken: () => {
        errors += 1;
      },
    });
    open.push(connection);
    idle.push(send);
  };
  await Promise.all(Array.from({ length: plan.connections }, connect));

  const end = measureFrom + plan.seconds * 1000;
  let dueFrom = performance.now();
  for (let now = dueFrom; now < end; now = performance.now()) {
    const due = Math.floor(((now - dueFrom) * plan.ratePerSecond) / 1000);
    dueFrom += (due * 1000) / plan.ratePerSecond;
    for (let sent = 0; sent < due; sent += 1) idle.pop()?.();
    await Bun.sleep(1);
  }
  const seconds = (performance.now() - measureFrom) / 1000;
  for (const connection of open) connection.close();
  return {
    ...nothingMeasured,
    requests: latencies.length,
    errors,
    perSecond: latencies.length / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

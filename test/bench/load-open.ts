import { type LoadPlan, type LoadResult, nothingMeasured } from "./load-plan.ts";
import { chatRequest, RawConnection } from "./raw-client.ts";
import { requestsByKeys } from "./requests-by-keys.ts";
import { quantile } from "./statistics.ts";

/**
 * Requests arrive at a constant rate whatever the server does. One that finds no free connection is timed from when it
 * was due, so that a slow answer counts for everyone who waited behind it; the others from when they were written, since
 * a late timer here is not the server's fault. The first half second warms up.
 */
export async function openLoop(plan: LoadPlan & { mode: "open" }): Promise<LoadResult> {
  const nextRequest = requestsByKeys(plan, (key) => Buffer.from(chatRequest(key, plan.fields)));
  const latencies: number[] = [];
  const idle: ((dueAt: number) => void)[] = [];
  const waiting: number[] = [];
  const open: RawConnection[] = [];
  let errors = 0;
  let answered = 0;
  const warmUp = plan.ratePerSecond / 2;

  const connect = async (): Promise<void> => {
    let startedAt = 0;
    const send = (at: number): void => {
      startedAt = at;
      connection.send(nextRequest());
    };
    const connection = await RawConnection.open(plan.port, {
      onDone: (status) => {
        if (status !== 200) errors += 1;
        if (answered++ >= warmUp) latencies.push(performance.now() - startedAt);
        const next = waiting.shift();
        if (next === undefined) idle.push(send);
        else send(next);
      },
      onBroken: () => {
        errors += 1;
      },
    });
    open.push(connection);
    idle.push(send);
  };
  await Promise.all(Array.from({ length: plan.connections ?? 64 }, connect));

  const total = plan.ratePerSecond * plan.seconds + warmUp;
  const started = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - started) * plan.ratePerSecond) / 1000));
    for (; sent < due; sent += 1) {
      // Each in its turn: one that rests too long is closed by the server.
      const send = idle.shift();
      if (send === undefined) waiting.push(started + (sent * 1000) / plan.ratePerSecond);
      else send(performance.now());
    }
    await Bun.sleep(1);
  }
  const deadline = performance.now() + 5_000;
  while (answered < total && performance.now() < deadline) await Bun.sleep(5);
  for (const connection of open) connection.close();
  return {
    ...nothingMeasured,
    requests: latencies.length,
    errors: errors + (total - answered),
    perSecond: plan.ratePerSecond,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

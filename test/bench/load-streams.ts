import { type LoadPlan, type LoadResult, nothingMeasured, wallClockMs } from "./load-plan.ts";
import { chatRequest, RawConnection } from "./raw-client.ts";
import { quantile } from "./statistics.ts";

const rampPerBatch = 100;
/** What the mock upstream leaves between paced events. */
const intervalMs = 100;
const endlessStream = { stream: true, mock_events: 1_000_000, mock_paced: true };

/** Holds all streams open for the time after the last one began, and times the gaps between events of each. */
export async function holdStreams(plan: LoadPlan & { mode: "streams" }): Promise<LoadResult> {
  const request = chatRequest(plan.key, endlessStream);
  const lastEventAt = new Float64Array(plan.streams);
  const late: number[] = [];
  let measuring = false;
  let errors = 0;
  let events = 0;
  let stalls = 0;
  const broken = (): void => {
    errors += 1;
  };
  const begin = async (index: number): Promise<RawConnection> => {
    const connection = await RawConnection.open(plan.port, {
      onEvents: (count) => {
        const now = performance.now();
        const gap = now - (lastEventAt[index] ?? 0);
        const first = lastEventAt[index] === 0;
        lastEventAt[index] = now;
        if (!measuring || first) return;
        events += count;
        late.push(Math.max(0, gap - intervalMs));
        if (gap > 1000) stalls += 1;
      },
      onDone: broken,
      onBroken: broken,
    });
    connection.send(request);
    return connection;
  };
  const open: RawConnection[] = [];
  while (open.length < plan.streams) {
    const batch = Array.from({ length: Math.min(rampPerBatch, plan.streams - open.length) }, (_, i) =>
      begin(open.length + i),
    );
    open.push(...(await Promise.all(batch)));
    await Bun.sleep(20);
  }
  await Bun.sleep(1_000);
  measuring = true;
  await Bun.sleep(plan.seconds * 1000);
  measuring = false;
  const now = performance.now();
  // A stream that has gone silent shows no gap: it is found by its age.
  stalls += lastEventAt.filter((at) => now - at > 1000).length;
  for (const connection of open) connection.close();
  const perSecond = events / plan.seconds;
  return {
    ...nothingMeasured,
    requests: plan.streams,
    errors,
    eventsPerSecond: perSecond,
    lateP99Ms: quantile(late, 0.99),
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

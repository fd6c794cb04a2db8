import { RawConnection } from "#platform/bench/raw-connection.ts";

/** As much as a number of connections can ask. */
export interface ClosedLoop {
  readonly port: number;
  readonly connections: number;
  /** The first tenth warms up. */
  readonly seconds: number;
  readonly nextRequest: () => string | Uint8Array;
}

/** What came of it. */
export interface ClosedLoopResult {
  readonly latenciesMs: readonly number[];
  readonly perSecond: number;
  /** Of streamed answers. */
  readonly eventsPerSecond: number;
  readonly failed: number;
}

/** Lets every connection send its next request when the last one is answered. */
export async function closedLoop(load: ClosedLoop): Promise<ClosedLoopResult> {
  const latenciesMs: number[] = [];
  const open: RawConnection[] = [];
  let failed = 0;
  let events = 0;
  const started = performance.now();
  const measureFrom = started + load.seconds * 100;
  const end = started + load.seconds * 1000;

  const connect = async (): Promise<void> => {
    let sentAt = 0;
    const next = (): void => {
      sentAt = performance.now();
      if (sentAt < end) connection.send(load.nextRequest());
    };
    const connection = await RawConnection.open(load.port, {
      onEvents: (count) => {
        if (performance.now() >= measureFrom) events += count;
      },
      onDone: (status) => {
        const now = performance.now();
        if (status !== 200) failed += 1;
        else if (now >= measureFrom && now < end) latenciesMs.push(now - sentAt);
        next();
      },
      onBroken: () => {
        failed += 1;
      },
    });
    open.push(connection);
    next();
  };
  await Promise.all(Array.from({ length: load.connections }, connect));
  await Bun.sleep(end - performance.now() + 20);
  for (const connection of open) connection.close();

  const seconds = (end - measureFrom) / 1000;
  return { latenciesMs, perSecond: latenciesMs.length / seconds, eventsPerSecond: events / seconds, failed };
}

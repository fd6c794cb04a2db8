import { RawConnection } from "#platform/bench/raw-connection.ts";

/** Requests at a constant rate. */
export interface OpenLoop {
  readonly port: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
  /** Before these the same rate is kept, unmeasured. */
  readonly warmUpSeconds: number;
  /** How many may be under way at once. */
  readonly connections: number;
  readonly nextRequest: () => string | Uint8Array;
}

/** What came of it. */
export interface OpenLoopResult {
  /** Until the end of each answer. */
  readonly latenciesMs: readonly number[];
  /** Until the first event of each streamed answer. */
  readonly firstEventsMs: readonly number[];
  /** Requests that were not answered with 200, or not at all within five seconds of the last one. */
  readonly failed: number;
}

/**
 * Sends requests at a constant rate, whatever the server does. One that finds no free connection is timed from when it
 * was due, so that a slow answer counts for everyone who waited behind it; the others from when they were written, since
 * a late timer here is not the server's fault.
 */
export async function openLoop(load: OpenLoop): Promise<OpenLoopResult> {
  const { port, ratePerSecond } = load;
  const latenciesMs: number[] = [];
  const firstEventsMs: number[] = [];
  const idle: ((dueAt: number) => void)[] = [];
  const waiting: number[] = [];
  const open: RawConnection[] = [];
  let failed = 0;
  let answered = 0;
  const warmUp = ratePerSecond * load.warmUpSeconds;

  const connect = async (): Promise<void> => {
    let startedAt = 0;
    let firstEventMs: number | undefined;
    const send = (at: number): void => {
      startedAt = at;
      firstEventMs = undefined;
      connection.send(load.nextRequest());
    };
    const connection = await RawConnection.open(port, {
      onEvents: () => {
        firstEventMs ??= performance.now() - startedAt;
      },
      onDone: (status) => {
        if (status !== 200) failed += 1;
        if (answered++ >= warmUp) {
          latenciesMs.push(performance.now() - startedAt);
          if (firstEventMs !== undefined) firstEventsMs.push(firstEventMs);
        }
        const next = waiting.shift();
        if (next === undefined) idle.push(send);
        else send(next);
      },
      onBroken: () => {
        failed += 1;
      },
    });
    open.push(connection);
    idle.push(send);
  };
  await Promise.all(Array.from({ length: load.connections }, connect));

  const total = Math.floor(ratePerSecond * load.seconds + warmUp);
  const started = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - started) * ratePerSecond) / 1000));
    for (; sent < due; sent += 1) {
      // Each in its turn: one that rests too long is closed by the server.
      const send = idle.shift();
      if (send === undefined) waiting.push(started + (sent * 1000) / ratePerSecond);
      else send(performance.now());
    }
    await Bun.sleep(1);
  }
  const deadline = performance.now() + 5_000;
  while (answered < total && performance.now() < deadline) await Bun.sleep(5);
  for (const connection of open) connection.close();
  return { latenciesMs, firstEventsMs, failed: failed + (total - answered) };
}

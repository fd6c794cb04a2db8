import { pacedIntervalMs } from "#platform/bench/mock-upstream.ts";
import { chatRequest, RawConnection } from "#platform/bench/raw-connection.ts";

/** Streams that stay open side by side. */
export interface HeldStreams {
  readonly port: number;
  readonly key: string;
  readonly streams: number;
  /** After they have settled. */
  readonly seconds: number;
  /** From the start of the last one. */
  readonly settleMs: number;
}

/** What came of them. */
export interface HeldStreamsResult {
  /** How much later than its pace an event came after the one before it. */
  readonly lateMs: readonly number[];
  readonly eventsPerSecond: number;
  /** Gaps above one second between two events of one stream. */
  readonly stalls: number;
  readonly failed: number;
}

const rampPerBatch = 100;

/** Fields of a request for a stream that never ends by itself. */
export const endlessStream = { stream: true, mock_events: 1_000_000, mock_paced: true };

/** Opens streams, a hundred at a time, times the gaps between events of each while all are open, and hangs up. */
export async function heldStreams(load: HeldStreams): Promise<HeldStreamsResult> {
  const request = chatRequest(load.key, endlessStream);
  const lastEventAt = new Float64Array(load.streams);
  const lateMs: number[] = [];
  let measuring = false;
  let failed = 0;
  let events = 0;
  let stalls = 0;
  const broken = (): void => {
    failed += 1;
  };
  const begin = async (index: number): Promise<RawConnection> => {
    const connection = await RawConnection.open(load.port, {
      onEvents: (count) => {
        const now = performance.now();
        const gapMs = now - (lastEventAt[index] ?? 0);
        const isFirst = lastEventAt[index] === 0;
        lastEventAt[index] = now;
        if (!measuring || isFirst) return;
        events += count;
        lateMs.push(Math.max(0, gapMs - pacedIntervalMs));
        if (gapMs > 1000) stalls += 1;
      },
      onDone: broken,
      onBroken: broken,
    });
    connection.send(request);
    return connection;
  };
  const open: RawConnection[] = [];
  while (open.length < load.streams) {
    const batch = Array.from({ length: Math.min(rampPerBatch, load.streams - open.length) }, (_, i) =>
      begin(open.length + i),
    );
    open.push(...(await Promise.all(batch)));
    await Bun.sleep(20);
  }
  await Bun.sleep(load.settleMs);
  measuring = true;
  await Bun.sleep(load.seconds * 1000);
  measuring = false;
  const now = performance.now();
  // A stream that has gone silent shows no gap: it is found by its age.
  stalls += lastEventAt.filter((at) => now - at > 1000).length;
  for (const connection of open) connection.close();
  return { lateMs, eventsPerSecond: events / load.seconds, stalls, failed };
}

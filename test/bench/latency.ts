import { type LoadResult, runLoad } from "./load-plan.ts";
import type { Row } from "./report.ts";
import { interleave } from "./rounds.ts";
import { startSides } from "./sides.ts";

const ratePerSecond = 1_000;

/** What the gateway adds to a lone request, and its slowest hundredth under a constant rate of arrivals. */
export async function latency(): Promise<Row[]> {
  await using sides = await startSides();
  const alone = await interleave(["direct", "gateway", "bare"], (name): Promise<LoadResult> =>
    runLoad({ ...sides[name], mode: "closed", connections: 1, seconds: 1 }),
  );
  const added = alone.gateway.p50Ms - alone.direct.p50Ms;
  const addedBare = alone.bare.p50Ms - alone.direct.p50Ms;
  const steady = await interleave(["gateway", "bare"], (name): Promise<LoadResult> =>
    runLoad({ ...sides[name], mode: "open", ratePerSecond, seconds: 3 }),
  );
  return [
    {
      what: "added latency alone, p50",
      unit: "ms",
      gateway: added,
      bare: addedBare,
      ratio: added / addedBare,
      bar: { atMost: 2.5 },
    },
    {
      what: `latency at ${ratePerSecond} requests/s, p99`,
      unit: "ms",
      gateway: steady.gateway.p99Ms,
      bare: steady.bare.p99Ms,
      ratio: steady.gateway.p99Ms / steady.bare.p99Ms,
      bar: { atMost: 1.6 },
    },
    {
      what: `latency at ${ratePerSecond} requests/s, p50`,
      unit: "ms",
      gateway: steady.gateway.p50Ms,
      bare: steady.bare.p50Ms,
    },
  ];
}

import { eventually } from "../harness/eventually.ts";
import { type LoadResult, runLoad, wallClockMs } from "./load-plan.ts";
import { residentMegabytes } from "./measured-process.ts";
import type { Row } from "./report.ts";
import { interleave } from "./rounds.ts";
import { type Side, type Sides, startSides } from "./sides.ts";

const streamCount = 2_000;
/** Added delays below this are told apart by chance only. */
const noiseMs = 1;

async function openUpstream(sides: Sides): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${sides.direct.port}/counts`);
  return ((await answer.json()) as { open: number }).open;
}

async function allCancelled(sides: Sides): Promise<void> {
  await eventually("the upstream sees every stream cancelled", async () => (await openUpstream(sides)) === 0, 30_000);
}

async function hold(sides: Sides, side: Side): Promise<{ lateP99Ms: number; stalls: number; megabytes: number }> {
  const running = runLoad({ ...side, mode: "streams", streams: streamCount, seconds: 4 });
  let megabytes = 0;
  const watch = setInterval(() => {
    megabytes = Math.max(megabytes, residentMegabytes(side.pid));
  }, 500);
  const result = await running.finally(() => clearInterval(watch));
  await allCancelled(sides);
  return { lateP99Ms: result.lateP99Ms, stalls: result.stalls, megabytes };
}

/** Hangs up on 50 streams at once, twelve times; how long the upstream kept any of them, and what memory remained. */
async function abort(sides: Sides): Promise<{ slowestMs: number; grownMegabytes: number }> {
  const batch = async (): Promise<number> => {
    const { hungUpAtMs } = await runLoad({ ...sides.gateway, mode: "aborts", streams: 50, holdMs: 100 });
    await allCancelled(sides);
    return wallClockMs() - hungUpAtMs;
  };
  for (let warmUp = 0; warmUp < 4; warmUp += 1) await batch();
  const before = residentMegabytes(sides.gateway.pid);
  let slowestMs = 0;
  for (let round = 0; round < 12; round += 1) slowestMs = Math.max(slowestMs, await batch());
  return { slowestMs, grownMegabytes: residentMegabytes(sides.gateway.pid) - before };
}

/** Many streams at once: stalls, pace, throughput of events, memory, and what is left when clients leave. */
export async function streams(): Promise<Row[]> {
  await using sides = await startSides();
  const aborted = await abort(sides);
  const held = await interleave(["direct", "gateway", "bare"], (name) => hold(sides, sides[name]));
  const fields = { stream: true, mock_events: 200 };
  const full = await interleave(["gateway", "bare"], (name): Promise<LoadResult> =>
    runLoad({ ...sides[name], mode: "closed", connections: 64, seconds: 2, fields }),
  );
  const { direct, gateway, bare } = held;
  const added = gateway.lateP99Ms - direct.lateP99Ms;
  const addedBare = bare.lateP99Ms - direct.lateP99Ms;
  const what = "delay added between events, p99";
  return [
    {
      what: `stalls above 1 s in ${streamCount} streams`,
      unit: "",
      gateway: gateway.stalls,
      bare: bare.stalls,
      bar: { atMost: 0 },
    },
    { what: "events later than 100 ms apart, p99", unit: "ms", gateway: gateway.lateP99Ms, bare: bare.lateP99Ms },
    {
      what,
      unit: "ms",
      gateway: added,
      bare: addedBare,
      ratio: Math.max(added, noiseMs) / Math.max(addedBare, noiseMs),
      bar: { atMost: 1.5 },
    },
    { what, unit: "ms", gateway: added, bar: { atMost: 25 } },
    {
      what: `memory with ${streamCount} streams`,
      unit: "MB",
      gateway: gateway.megabytes,
      bare: bare.megabytes,
      bar: { atMost: 400 },
    },
    {
      what: "stream events at saturation",
      unit: "1/s",
      gateway: full.gateway.eventsPerSecond,
      bare: full.bare.eventsPerSecond,
      ratio: full.gateway.eventsPerSecond / full.bare.eventsPerSecond,
      bar: { atLeast: 0.6 },
    },
    {
      what: "upstream cancelled after clients left, slowest",
      unit: "ms",
      gateway: aborted.slowestMs,
      bar: { atMost: 1_000 },
    },
    { what: "memory grown by 600 aborts", unit: "MB", gateway: aborted.grownMegabytes, bar: { atMost: 10 } },
  ];
}

import { resolve } from "node:path";
import type { CallerCall } from "./caller-request.ts";
import type { WireName } from "./four-wires.ts";

/** Where the load goes. */
export interface Target {
  readonly port: number;
  readonly key: string;
  /** In its place, each request with one of them at random: in closed and open loops. */
  readonly keys?: readonly string[];
}

/** What to do to a target. */
export type LoadPlan = Target &
  (
    | {
        readonly mode: "closed";
        readonly connections: number;
        readonly seconds: number;
        /** Fields of a chat request beside its messages. */
        readonly fields?: object;
        /** Another call than a chat request. */
        readonly call?: CallerCall;
      }
    | {
        readonly mode: "open";
        readonly ratePerSecond: number;
        readonly seconds: number;
        /** How many may be under way at once; 64 unless told otherwise. */
        readonly connections?: number;
        /** Fields of a chat request beside its messages. */
        readonly fields?: object;
      }
    /** At a constant rate as far as the connections allow; what counts is who is refused with this status. */
    | {
        readonly mode: "refusals";
        readonly status: number;
        readonly ratePerSecond: number;
        readonly seconds: number;
        readonly connections: number;
        readonly fields: object;
      }
    /** One call after another whose provider, on `upstreamPort`, is the load process itself. */
    | {
        readonly mode: "first-content";
        readonly calls: number;
        readonly call: CallerCall;
        readonly provider: WireName;
        readonly upstreamPort: number;
      }
    | { readonly mode: "streams"; readonly streams: number; readonly seconds: number }
    | { readonly mode: "aborts"; readonly streams: number; readonly holdMs: number }
  );

/** What came of it; times in milliseconds. */
export interface LoadResult {
  readonly requests: number;
  readonly errors: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Stream events per second. */
  readonly eventsPerSecond: number;
  /** How much later than the interval an event came after the one before it, 99th percentile. */
  readonly lateP99Ms: number;
  /** Gaps above one second between two events of one stream. */
  readonly stalls: number;
  /** When aborted streams were hung up, by the clock of `wallClockMs`. */
  readonly hungUpAtMs: number;
}

/** Milliseconds since the epoch with fractions, comparable between processes of this machine. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}

/** A result where nothing was measured. */
export const nothingMeasured: LoadResult = {
  requests: 0,
  errors: 0,
  perSecond: 0,
  p50Ms: 0,
  p99Ms: 0,
  eventsPerSecond: 0,
  lateP99Ms: 0,
  stalls: 0,
  hungUpAtMs: 0,
};

/** Runs a plan in a process of its own; rejects when it fails or any request does, since such numbers mean nothing. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const child = Bun.spawn([process.execPath, resolve("test/bench/load.ts"), JSON.stringify(plan)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const text = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`The load generator failed: ${text}`);
  const result = JSON.parse(text) as LoadResult;
  if (result.errors > 0) throw new Error(`${result.errors} requests failed: ${JSON.stringify(plan)}`);
  return result;
}

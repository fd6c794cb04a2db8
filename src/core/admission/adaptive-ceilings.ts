import type { Clock } from "#core/effects/clock.ts";
import { AdaptiveLimit } from "#core/admission/adaptive-limit.ts";
import type { Place } from "#core/admission/topology.ts";

/** Where no concurrency is configured the adaptive limit ends here. */
const mostConcurrent = 10_000;

interface Followed {
  readonly limit: AdaptiveLimit;
  /** As it was configured when it began. */
  readonly configured: number | undefined;
  inFlight: number;
}

/** A limit of concurrency for each deployment that follows its time to first content. */
export class AdaptiveCeilings {
  readonly #clock: Clock;
  readonly #followed = new Map<string, Followed>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Forgets every deployment but these, and those where something runs. */
  keep(ids: ReadonlySet<string>): void {
    for (const [id, { inFlight }] of this.#followed) if (!ids.has(id) && inFlight === 0) this.#followed.delete(id);
  }

  /** The limit of a deployment now; one that is new, or configured anew, begins with what is configured, so that one whose answers tell no latency is not held back. */
  begin({ id, concurrent }: Place): number {
    const known = this.#followed.get(id);
    if (known !== undefined && known.configured === concurrent) return known.limit.limit;
    const ceiling = Math.min(concurrent ?? mostConcurrent, mostConcurrent);
    const limit = new AdaptiveLimit({ ceiling, ...(concurrent !== undefined && { start: concurrent }) });
    this.#followed.set(id, { limit, configured: concurrent, inFlight: known?.inFlight ?? 0 });
    return limit.limit;
  }

  started(id: string): void {
    this.#count(id, 1);
  }

  ended(id: string): void {
    this.#count(id, -1);
  }

  /** Takes a sample; the limit from now on when it has changed. */
  firstContent(id: string, durationMs: number): number | undefined {
    const followed = this.#followed.get(id);
    if (followed === undefined) return undefined;
    const { limit, inFlight } = followed;
    const before = limit.limit;
    const after = limit.sample({ nowMs: this.#clock.monotonic(), durationMs, inFlight });
    return after === before ? undefined : after;
  }

  /** Mean time to first content of late, seconds; undefined before there is one. */
  latencySecondsOf(id: string): number | undefined {
    const latencyMs = this.#followed.get(id)?.limit.latencyMs ?? 0;
    return latencyMs > 0 ? latencyMs / 1000 : undefined;
  }

  #count(id: string, change: number): void {
    const followed = this.#followed.get(id);
    if (followed !== undefined) followed.inFlight += change;
  }
}

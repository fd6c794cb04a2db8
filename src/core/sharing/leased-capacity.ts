import type { Clock } from "#core/effects/clock.ts";
import type { NodeId } from "#core/effects/ids.ts";
import type { Log } from "#core/effects/log.ts";
import type { Random } from "#core/effects/random.ts";
import type { Part } from "#core/part.ts";
import type { CapacityLimits, ResourceSpec } from "#core/scheduler/capacity.ts";
import {
  answerWithinMs,
  type Demand,
  leasePeriodMs,
  type ShareAnswer,
  type ShareAsk,
  type SharedCapacity,
} from "#core/sharing/shared-capacity.ts";

/** What a node needs to hold its part of what is shared. */
export interface LeasedCapacityParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: SharedCapacity;
  readonly node: NodeId;
  /** What is shared, with the limits of all nodes together. */
  readonly resources: readonly ResourceSpec[];
  /** What this node would use of a resource now. */
  readonly demandOf: (resource: ResourceSpec) => Demand;
  /** Called whenever this node's part has changed: `Scheduler.setLimits` with the time. */
  readonly setLimits: (resource: string, limits: CapacityLimits) => void;
}

/** Answers missed in a row after which the store counts as away. */
const missesAllowed = 2;

/** While it is away it is asked again after this long, up to twice as long by chance: nodes must not all come back at once. */
const awayRetryMs = 1_000;

/** Within this time after a node all others are back too, if all were away: until then each keeps to its part. */
const allBackMs = 2 * awayRetryMs;

/** Periods differ by up to this part by chance: whoever always asked first would always find most. */
const periodJitter = 0.2;

interface Held {
  spec: ResourceSpec;
  /** This node's part as the scheduler was told it. */
  limits: CapacityLimits;
  /** When its lease began, monotonic milliseconds; undefined without one. */
  leasedAtMs: number | undefined;
}

/**
 * Keeps a node's scheduler at its part of what several nodes share. It asks for all resources in one call about
 * every `leasePeriodMs`, and nobody ever waits for the answer. What a node used beyond its period because an answer was late is
 * taken from its next lease. After two answers missed in a row every limit is divided by the nodes that were there at
 * last, and stays at most that until the others had time to be back as well. A part is never below one request at a time,
 * one request and one token a second, where there is any capacity: 0 would mean that there is none. So all nodes together
 * exceed a limit by at most a lease each; while the store answers some and k of n not, by k/n as well.
 */
export class LeasedCapacity implements Part {
  readonly name = "leased-capacity";
  readonly #parts: LeasedCapacityParts;
  readonly #held: Held[];
  /** Of the ask under way: an answer to an older one is worth nothing. */
  #round = 0;
  #misses = 0;
  #away = false;
  /** When the store was last back, monotonic milliseconds. */
  #backAtMs = Number.NEGATIVE_INFINITY;
  #nodes = 1;
  #cancelTimers: (() => void)[] = [];

  constructor(parts: LeasedCapacityParts) {
    this.#parts = parts;
    this.#held = parts.resources.map((spec) => ({ spec, limits: {}, leasedAtMs: undefined }));
  }

  /** Nodes as last counted by the store, this one included. */
  get nodes(): number {
    return this.#nodes;
  }

  /** Whether the store does not answer, and limits are only divided. */
  get away(): boolean {
    return this.#away;
  }

  /** Begins with next to nothing, until the first answer or until it is clear that there will be none. */
  start(): Promise<void> {
    for (const held of this.#held) this.#tell(held, atLeastOne(held.spec.limits, {}));
    this.#ask();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#silence();
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.after(answerWithinMs, resolve);
      const left = (): void => {
        cancel();
        resolve();
      };
      this.#parts.store.leave(this.#parts.node).then(left, left);
    });
  }

  /** Other limits for all nodes together, from the next lease on. */
  setResource(spec: ResourceSpec): void {
    const held = this.#held.find(({ spec: { id } }) => id === spec.id);
    if (held === undefined) return;
    held.spec = spec;
    if (this.#away) this.#divide(held);
  }

  #ask(): void {
    const { clock, random, store, node } = this.#parts;
    this.#silence();
    const round = this.#round;
    const missed = (): void => {
      if (round === this.#round) this.#miss();
    };
    const chance = random.uniform();
    const nextMs = this.#away ? awayRetryMs * (1 + chance) : leasePeriodMs * (1 + periodJitter * (2 * chance - 1));
    this.#cancelTimers = [clock.after(answerWithinMs, missed), clock.after(nextMs, () => this.#ask())];
    store
      .lease(
        node,
        this.#held.map((held) => this.#askFor(held)),
      )
      .then((answer) => {
        if (round === this.#round) this.#take(answer);
      }, missed);
  }

  /** Ends the round: whatever still comes of it is ignored. */
  #silence(): void {
    this.#round += 1;
    for (const cancel of this.#cancelTimers) cancel();
    this.#cancelTimers = [];
  }

  #askFor({ spec, limits }: Held): ShareAsk {
    const demand = this.#parts.demandOf(spec);
    return { resource: spec.id, limits: spec.limits, demand, places: Math.max(limits.concurrent ?? 0, demand.running) };
  }

  #take({ shares, nodes }: ShareAnswer): void {
    this.#cancelTimers[0]?.();
    const nowMs = this.#parts.clock.monotonic();
    if (this.#away) {
      this.#parts.log.info("shared_capacity_back", { nodes });
      this.#backAtMs = nowMs;
    }
    this.#away = false;
    this.#misses = 0;
    // Whoever is back first is counted alone in a store that was wiped.
    const othersMayBeAway = nowMs - this.#backAtMs < allBackMs;
    this.#nodes = Math.max(1, nodes, othersMayBeAway ? this.#nodes : 0);
    for (const [index, held] of this.#held.entries()) {
      const overMs = held.leasedAtMs === undefined ? 0 : nowMs - held.leasedAtMs - leasePeriodMs;
      held.leasedAtMs = nowMs;
      const share = withoutOverrun(shares[index] ?? {}, held.limits, overMs);
      this.#tell(held, atLeastOne(held.spec.limits, othersMayBeAway ? atMost(share, this.#partOf(held)) : share));
    }
  }

  #miss(): void {
    this.#round += 1;
    this.#misses += 1;
    if (this.#away || this.#misses < missesAllowed) return;
    this.#away = true;
    this.#parts.log.warn("shared_capacity_away", { nodes: this.#nodes });
    for (const held of this.#held) this.#divide(held);
  }

  #divide(held: Held): void {
    held.leasedAtMs = undefined;
    this.#tell(held, atLeastOne(held.spec.limits, this.#partOf(held)));
  }

  /** Of every limit what there is for each when all nodes get the same. */
  #partOf({ spec: { limits } }: Held): CapacityLimits {
    return eachShared((dimension) => Math.floor((limits[dimension] ?? 0) / this.#nodes));
  }

  #tell(held: Held, limits: CapacityLimits): void {
    const same = dimensions.every((dimension) => held.limits[dimension] === limits[dimension]);
    held.limits = limits;
    if (!same) this.#parts.setLimits(held.spec.id, limits);
  }
}

const dimensions = ["tokensPerSecond", "requestsPerSecond", "concurrent", "contextTokens"] as const;
const sharedDimensions = ["tokensPerSecond", "requestsPerSecond", "concurrent"] as const;

/** The share of each limit that there is, one at least where there is any capacity at all. */
function atLeastOne(whole: CapacityLimits, share: CapacityLimits): CapacityLimits {
  const limits: { -readonly [limit in keyof CapacityLimits]: number } = {};
  if (whole.contextTokens !== undefined) limits.contextTokens = whole.contextTokens;
  for (const dimension of sharedDimensions) {
    const limit = whole[dimension];
    if (limit !== undefined) limits[dimension] = Math.min(limit, Math.max(1, share[dimension] ?? 0));
  }
  return limits;
}

/** The lower of each limit that is shared. */
function atMost(share: CapacityLimits, part: CapacityLimits): CapacityLimits {
  return eachShared((dimension) => Math.min(share[dimension] ?? 0, part[dimension] ?? 0));
}

function eachShared(limitOf: (dimension: (typeof sharedDimensions)[number]) => number): CapacityLimits {
  return Object.fromEntries(sharedDimensions.map((dimension) => [dimension, limitOf(dimension)]));
}

/** The new rates, less what the old ones gave in `overMs` beyond their period; more where that is negative. */
function withoutOverrun(share: CapacityLimits, old: CapacityLimits, overMs: number): CapacityLimits {
  const corrected = (now: number | undefined, before: number | undefined): number =>
    (now ?? 0) - Math.ceil(((before ?? 0) * overMs) / leasePeriodMs);
  return {
    ...share,
    tokensPerSecond: corrected(share.tokensPerSecond, old.tokensPerSecond),
    requestsPerSecond: corrected(share.requestsPerSecond, old.requestsPerSecond),
  };
}

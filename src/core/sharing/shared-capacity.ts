import type { NodeId } from "#core/effects/ids.ts";
import type { GcraRate } from "#core/limits/gcra.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";

/** For how long a node gets its share of a rate; it asks anew as often. */
export const leasePeriodMs = 250;

/** A node that has not asked for so long is gone: what it held is free again, and it is no longer counted. */
export const nodeTtlMs = 15_000;

/** Beyond this no answer of the store is waited for. */
export const answerWithinMs = 25;

/** What a node would like to have of a resource in the next period. Whole numbers. */
export interface Demand {
  readonly tokens: number;
  readonly requests: number;
  /** Requests that it runs. */
  readonly running: number;
  /** Requests that wait for it. */
  readonly waiting: number;
}

/** One resource that a node asks for. Every node names the same `limits`: those of all nodes together. */
export interface ShareAsk {
  readonly resource: string;
  readonly limits: CapacityLimits;
  readonly demand: Demand;
  /** Concurrent places that the node has now, or uses, whichever is more. It gives them back by asking with less. */
  readonly places: number;
}

/** A node's part of each resource that it asked for, in the same order; and how many nodes there are, itself included. */
export interface ShareAnswer {
  /** May be 0: nothing is left for now. `contextTokens` is no share but the limit itself. */
  readonly shares: readonly CapacityLimits[];
  readonly nodes: number;
}

/** Units to be taken of one limit of a caller. */
export interface SharedTake {
  readonly key: string;
  readonly rate: GcraRate;
  readonly cost: number;
}

/** Whether all were taken; else nothing was, and `refused` is the take that has longest to wait. */
export type SharedVerdict =
  { readonly taken: true } | { readonly taken: false; readonly refused: SharedTake; readonly waitMs: number };

/**
 * What several nodes share. Each method is one atomic step in the store, by the store's clock, and never two: a Redis
 * engine writes each as one script over keys of one hash slot. Every call may fail or hang; callers wait for none longer
 * than `answerWithinMs`, and the store never learns whether its answer arrived.
 */
export interface SharedCapacity {
  /**
   * Renews the node, forgets those whose time is over, and gives it for one `leasePeriodMs` of each resource
   * - of tokens and requests: what it wants, at most half of what the bucket (one second of the limit) holds, and at most
   *   its share by demand of what a period brings, or of what the bucket holds if that is more; it is gone from the
   *   bucket, used or not;
   * - of concurrent places: up to its fair share (max-min by what nodes use and want, the rest evenly), but no more than are
   *   free. Places that it is to lose stay booked until it asks with less, since the answer may be lost.
   * A resource that nobody knows (a store that was wiped) begins with one period's tokens and gives no places beyond those
   * that nodes say they have for as long as four periods, so that all have said so.
   */
  lease(node: NodeId, asks: readonly ShareAsk[]): Promise<ShareAnswer>;
  /** Gives back everything that the node has, at once. */
  leave(node: NodeId): Promise<void>;
  /** Takes of all limits or of none: looks at each before it changes any. A limit is forgotten once it is whole again. */
  take(takes: readonly SharedTake[]): Promise<SharedVerdict>;
  /** Adds to what was taken, or with a negative cost gives back; never refuses, debt is allowed. */
  correct(takes: readonly SharedTake[]): Promise<void>;
}

import type { Branded } from "#core/effects/ids.ts";

/**
 * What goes into the scheduler and what comes out. Whole numbers throughout: microseconds of a monotonic clock that the
 * caller reads, tokens, bytes. Nothing here knows a clock, a promise or a provider.
 */

/** One offer, from `offer` to its end; never used twice. */
export type Ticket = number & { readonly [ticket]: true };
declare const ticket: unique symbol;

/** A deployment by name: `provider/model`, with `#n` behind the provider for its n-th key. */
export type DeploymentId = Branded<"DeploymentId">;

/** A set of deployments that a request may go to, as `Scheduler.lane` numbers it. */
export type LaneId = number & { readonly [lane]: true };
declare const lane: unique symbol;

/** Tokens of a call, counted or expected. `cachedTokens` are part of `inputTokens`. */
export interface CallTokens {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

/** A request that wants capacity. */
export interface Offer {
  readonly lane: LaneId;
  /** 0 the most urgent. */
  readonly level: number;
  readonly tenant: string;
  /** Share of this tenant among those of its level, 1..1000. */
  readonly weight: number;
  /** What it will take, as estimated. */
  readonly expected: CallTokens;
  /** Memory that it holds while it waits. */
  readonly bytes: number;
  /** First arrival at the gateway: a retry keeps its own. */
  readonly arrivedUs: number;
  /** Nothing is dispatched at or after it. */
  readonly deadlineUs?: number;
}

/** Why a request was turned away; the label of the answers table (reliability note 2.15). */
export type RefusalReason =
  | "predicted_wait"
  | "queue_full"
  | "evicted"
  | "queue_timeout"
  | "deadline_exceeded"
  /** Every deployment of its lane has no capacity at all, or is out of order. */
  | "no_capacity";

/** What the caller of the scheduler must now do. Each ticket gets exactly one of the two, unless it is cancelled before. */
export type Effect =
  | {
      readonly type: "dispatch";
      readonly ticket: Ticket;
      readonly deployment: DeploymentId;
      readonly waitedUs: number;
      /** How many were queued before it when it came; 0 when it went at once. */
      readonly position: number;
      /** Whether the floor of its level gave it this turn, not its rank. */
      readonly byFloor: boolean;
    }
  | {
      readonly type: "refuse";
      readonly ticket: Ticket;
      readonly reason: RefusalReason;
      /** When to come back; undefined where that is of no use. */
      readonly retryAfterMs: number | undefined;
      /** The wait that was foreseen for it. */
      readonly predictedUs: number;
    };

import type { ModelCall } from "#core/model-call.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import type { CallTokens } from "#core/scheduler/offer.ts";
import type { UpstreamLimits } from "#core/scheduler/capacity.ts";

/** Where a call stands while it waits. */
export interface WaitingPlace {
  /** How many go before it, from 0. */
  readonly position: number;
  readonly expectedWaitMs: number;
}

/** How an attempt ended. `tokens` is what it took as far as anybody knows; undefined when nothing was sent or counted. */
export interface LeaseEnd {
  readonly tokens: CallTokens | undefined;
  /** False when nothing reached the provider: everything is given back. */
  readonly sent: boolean;
}

/** Capacity for one attempt at one deployment, taken until `release`. */
export interface Lease {
  readonly candidate: Candidate;
  readonly waitedMs: number;
  /** How many were before it when it joined the queue; 0 when it did not wait. */
  readonly position: number;
  /** Whether `produced` is of any use: where nothing is scheduled nobody counts along. */
  readonly metered: boolean;
  /** Output tokens so far; what goes beyond the estimate is charged at once. */
  produced(outputTokens: number): void;
  /** What the provider said of its limits. */
  told(limits: UpstreamLimits): void;
  /** The provider answered 429: it is left alone for so long, and asked more slowly after that. */
  rateLimited(retryAfterMs: number | undefined): void;
  /** Time to first content, milliseconds, for the adaptive limit. */
  firstContent(durationMs: number): void;
  /** Gives the capacity back. Further calls do nothing. */
  release(end: LeaseEnd): void;
}

/** What an attempt asks for: one of these deployments, all of one pool, in the order of the plan; never empty. */
export interface AdmissionAsk {
  readonly call: ModelCall;
  readonly level: number;
  readonly candidates: readonly Candidate[];
  /** Nobody else is left: one that is out of order may be tried. Until then such are passed over with `no_capacity`. */
  readonly lastResort: boolean;
  /** Monotonic milliseconds: to be dispatched then or later is of no use to the call. */
  readonly giveUpAtMs: number;
  /** What the call is expected to take; estimated when first asked for. */
  readonly expected: () => CallTokens;
}

/**
 * Decides whether a call may go now, must wait, or is turned away. Answers at once where nothing has to wait. Throws or
 * rejects with `overloaded`, `predicted_wait`, `queue_full`, `evicted`, `queue_timeout`, `no_capacity` (try another pool), or
 * `context_length_exceeded` when no deployment of the pool is long enough; with the signal's reason once it is pulled.
 */
export interface Admission {
  admit(ask: AdmissionAsk): Lease | Promise<Lease>;
  /** Where the call with this id waits; undefined when it does not. */
  placeOf(requestId: string): WaitingPlace | undefined;
  /** Whether a call waits. */
  isWaiting(requestId: string): boolean;
}

import type { Candidate } from "#core/routing/candidates.ts";
import type { AdmissionAsk, Lease, LeaseEnd } from "#core/admission/admission.ts";
import type { UpstreamLimits } from "#core/scheduler/capacity.ts";
import type { Effect, Ticket } from "#core/scheduler/offer.ts";
import type { Place } from "#core/admission/topology.ts";

/** What the scheduler says when somebody may go. */
export type Dispatch = Extract<Effect, { readonly type: "dispatch" }>;

/** Who gave a lease, and hears what becomes of it. */
export interface LeaseKeeper {
  produced(lease: ScheduledLease, outputTokens: number): void;
  told(lease: ScheduledLease, limits: UpstreamLimits): void;
  rateLimited(lease: ScheduledLease, retryAfterMs: number | undefined): void;
  firstContent(lease: ScheduledLease, durationMs: number): void;
  released(lease: ScheduledLease, end: LeaseEnd): void;
}

/** Where a lease was given: the candidate, as the scheduler knows it. */
export interface Chosen {
  readonly candidate: Candidate;
  readonly place: Place;
  /** Who asked for it. */
  readonly ask: AdmissionAsk;
}

/** Capacity that the scheduler has given out. Released once, whatever is called how often. */
export class ScheduledLease implements Lease {
  readonly candidate: Candidate;
  readonly place: Place;
  readonly ask: AdmissionAsk;
  readonly ticket: Ticket;
  readonly waitedMs: number;
  readonly position: number;
  readonly #keeper: LeaseKeeper;
  #released = false;

  constructor(keeper: LeaseKeeper, dispatch: Dispatch, { candidate, place, ask }: Chosen, waitedMs: number) {
    this.#keeper = keeper;
    this.ticket = dispatch.ticket;
    this.candidate = candidate;
    this.place = place;
    this.ask = ask;
    this.waitedMs = waitedMs;
    this.position = dispatch.position;
  }

  /** Where nothing has a limit nobody waits, and so nobody needs to be charged before the end. */
  get metered(): boolean {
    return this.place.limited;
  }

  produced(outputTokens: number): void {
    if (!this.#released) this.#keeper.produced(this, outputTokens);
  }

  told(limits: UpstreamLimits): void {
    if (!this.#released) this.#keeper.told(this, limits);
  }

  rateLimited(retryAfterMs: number | undefined): void {
    if (!this.#released) this.#keeper.rateLimited(this, retryAfterMs);
  }

  firstContent(durationMs: number): void {
    if (!this.#released) this.#keeper.firstContent(this, durationMs);
  }

  release(end: LeaseEnd): void {
    if (this.#released) return;
    this.#released = true;
    this.#keeper.released(this, end);
  }
}

import type { Effect, LaneId, Offer, Ticket } from "#core/scheduler/offer.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { SchedulerState } from "#core/scheduler/state.ts";
import type { CapacityBook } from "./capacity-book.ts";
import { WaitingBook } from "./waiting-book.ts";
import { holds, Violation } from "./violation.ts";

/** What is known of a ticket that has not ended. */
export interface Entry {
  readonly ticket: Ticket;
  readonly offer: Offer;
  readonly queuedUs: number;
  readonly order: number;
  state: "queued" | "running" | "ended";
  deployment: string;
  dispatchedUs: number;
  produced: number;
}

/** How many tickets reached each end. */
export interface Ends {
  settled: number;
  cancelled: number;
  refused: number;
}

/**
 * Keeps every ticket from its offer to its end and checks each effect against what must hold of it (S1, S2, S5 to S9, V3),
 * with capacity kept by a CapacityBook (S3, S4). It knows the rules of the reliability note and nothing of the scheduler.
 */
export class TicketBook {
  rules: SchedulingRules;
  readonly ends: Ends = { settled: 0, cancelled: 0, refused: 0 };
  readonly waiting = new WaitingBook();
  readonly running = new Map<Ticket, Entry>();
  readonly #entries = new Map<Ticket, Entry>();
  readonly #capacity: CapacityBook;
  readonly #lanes: ReadonlyMap<LaneId, readonly string[]>;
  #arrived = 0;
  #newcomer: Entry | undefined;

  constructor(rules: SchedulingRules, capacity: CapacityBook, lanes: ReadonlyMap<LaneId, readonly string[]>) {
    this.rules = rules;
    this.#capacity = capacity;
    this.#lanes = lanes;
  }

  /** An offer was made; its effects follow. */
  offered(nowUs: number, ticket: Ticket, offer: Offer): Entry {
    holds("S2", !this.#entries.has(ticket), () => `ticket ${ticket} was given out twice`);
    this.#arrived += 1;
    const order = this.#arrived;
    const entry: Entry = {
      ticket,
      offer,
      queuedUs: nowUs,
      order,
      state: "queued",
      deployment: "",
      dispatchedUs: 0,
      produced: 0,
    };
    this.#entries.set(ticket, entry);
    this.waiting.add(entry);
    this.#newcomer = entry;
    return entry;
  }

  /** All effects of a call have been applied: `state` must say the same as the books. */
  settled(state: Pick<SchedulerState, "queued" | "queuedBytes" | "inFlight">): void {
    const { waiting, running, ends, rules } = this;
    const newcomer = this.#newcomer;
    this.#newcomer = undefined;
    holds("S1", state.queued === waiting.count, () => `${state.queued} queued, ${waiting.count} in the books`);
    holds("S1", state.queuedBytes === waiting.bytes, () => `${state.queuedBytes} bytes, ${waiting.bytes} in the books`);
    holds("S3", state.inFlight === running.size, () => `${state.inFlight} in flight, ${running.size} in the books`);
    const accounted = ends.settled + ends.cancelled + ends.refused + waiting.count + running.size;
    holds("S1", accounted === this.#arrived, () => `${this.#arrived} arrived, ${accounted} are accounted for`);
    if (newcomer?.state !== "queued") return;
    holds("S6", waiting.count <= rules.maxQueued, () => `${waiting.count} queued of ${rules.maxQueued}`);
    holds("S6", waiting.bytes <= rules.maxQueuedBytes, () => `${waiting.bytes} bytes of ${rules.maxQueuedBytes}`);
    const ofTenant = waiting.ofTenant(newcomer.offer.tenant);
    holds("S6", ofTenant <= this.tenantBound, () => `${ofTenant} of one tenant, bound ${this.tenantBound}`);
  }

  /** Most that one tenant may have queued. */
  get tenantBound(): number {
    return Math.max(1, Math.floor((this.rules.maxQueued * this.rules.tenantSharePermille) / 1000));
  }

  /** Whether the ticket has not ended. */
  isOpen(ticket: Ticket): boolean {
    return this.#entries.has(ticket);
  }

  apply(nowUs: number, effect: Effect): Entry {
    const entry = this.#entries.get(effect.ticket);
    if (entry?.state !== "queued") throw new Violation("S2", `${effect.type} of a ticket that does not wait`);
    if (effect.type === "dispatch") this.#dispatched(nowUs, entry, effect.deployment, effect.waitedUs);
    else this.#refused(nowUs, entry, effect);
    return entry;
  }

  #dispatched(nowUs: number, entry: Entry, deployment: string, waitedUs: number): void {
    const { offer } = entry;
    const lane = this.#lanes.get(offer.lane) ?? [];
    holds("S2", lane.includes(deployment), () => `${deployment} is not of the lane`);
    holds("S5", nowUs < (offer.deadlineUs ?? Number.POSITIVE_INFINITY), () => "dispatched after its deadline");
    holds(
      "S15",
      waitedUs === nowUs - entry.queuedUs,
      () => `waited ${waitedUs}, the books say ${nowUs - entry.queuedUs}`,
    );
    holds("S8", this.waiting.isFirstOfItsTenant(entry), () => "an earlier one of its tenant still waits");
    this.#checkOrder(nowUs, entry, deployment);
    this.#capacity.start(nowUs, deployment, offer.expected.inputTokens + offer.expected.outputTokens, lane);
    this.waiting.remove(entry);
    entry.state = "running";
    entry.deployment = deployment;
    entry.dispatchedUs = nowUs;
    this.running.set(entry.ticket, entry);
  }

  /** Whoever goes to a deployment proves that there was room: nobody that may go there as well should have gone before. */
  #checkOrder(nowUs: number, entry: Entry, deployment: string): void {
    if (this.#capacity.of(deployment).health !== "closed") return;
    const { maxAgeUs, policy, ageingStepUs } = this.rules;
    for (const [lane, members] of this.#lanes) {
      if (!members.includes(deployment)) continue;
      const oldest = this.waiting.oldestOf(lane);
      const passesOver = oldest !== undefined && oldest !== entry && nowUs - oldest.queuedUs > maxAgeUs;
      holds("V3", !(passesOver && oldest.order < entry.order), () => "went before one that is past the maximum age");
      if (policy !== "strict" || ageingStepUs !== undefined || nowUs - entry.queuedUs >= maxAgeUs) continue;
      const better = this.waiting.bestLevelOf(lane);
      holds("S7", better >= entry.offer.level, () => `level ${entry.offer.level} went before ${better}`);
    }
  }

  #refused(nowUs: number, entry: Entry, effect: Effect & { type: "refuse" }): void {
    const { offer } = entry;
    const waitedUs = nowUs - entry.queuedUs;
    const isNew = entry === this.#newcomer;
    holds(
      "S13",
      Number.isSafeInteger(effect.predictedUs) && effect.predictedUs >= 0,
      () => `predicted ${effect.predictedUs}`,
    );
    const wholeSeconds = effect.retryAfterMs === undefined || isRetryAfter(effect.retryAfterMs);
    holds("S13", wholeSeconds, () => `retry after ${effect.retryAfterMs} ms`);
    switch (effect.reason) {
      case "evicted":
        this.#checkEviction(entry);
        break;
      case "queue_full":
        holds("S9", isNew && this.#hasNoRoomFor(entry), () => "refused for want of room that there was");
        break;
      case "predicted_wait":
        holds("S2", isNew, () => "a wait is foreseen on arrival alone");
        break;
      case "queue_timeout":
        holds("S5", waitedUs >= this.rules.queueTimeoutUs, () => `timed out after ${waitedUs}`);
        break;
      case "deadline_exceeded":
        holds("S5", nowUs >= (offer.deadlineUs ?? Number.POSITIVE_INFINITY), () => "refused before its deadline");
        holds("S5", effect.retryAfterMs === undefined, () => "what came too late need not come again");
        break;
      case "no_capacity":
        break;
    }
    this.waiting.remove(entry);
    this.#end(entry, "refused");
  }

  #checkEviction(victim: Entry): void {
    const newcomer = this.#newcomer;
    if (newcomer === undefined || newcomer === victim) throw new Violation("S9", "evicted for nobody");
    holds("S9", victim.offer.level > newcomer.offer.level, () => "evicted for one that is not more urgent");
    holds("S9", newcomer.state === "queued", () => "evicted for one that did not stay");
    holds("S9", this.#hasNoRoomFor(newcomer), () => "evicted though there was room");
    holds("S9", this.waiting.isLastOfItsTenant(victim), () => "evicted though a newer one of its tenant waits");
    const hasItsShare = this.waiting.ofTenant(newcomer.offer.tenant) > this.tenantBound;
    const isOfOwn = victim.offer.tenant === newcomer.offer.tenant;
    holds("S9", !hasItsShare || isOfOwn, () => "evicted for one of a tenant that has its share already");
    const worst = hasItsShare ? this.waiting.worstLevelOf(newcomer.offer.tenant) : this.waiting.worstLevel();
    holds("S9", victim.offer.level === worst, () => `evicted of ${victim.offer.level}, the worst is ${worst}`);
  }

  /** The newcomer is in the books already: one too many means that there was no room. */
  #hasNoRoomFor({ offer }: Entry): boolean {
    const { rules, waiting } = this;
    return (
      waiting.count > rules.maxQueued ||
      waiting.bytes > rules.maxQueuedBytes ||
      waiting.ofTenant(offer.tenant) > this.tenantBound
    );
  }

  cancelled(nowUs: number, ticket: Ticket): void {
    const entry = this.#entries.get(ticket);
    if (entry === undefined || entry.state === "ended") return;
    if (entry.state === "queued") this.waiting.remove(entry);
    else this.#capacity.end(nowUs, entry.deployment, chargeOf(entry), 1);
    this.#end(entry, "cancelled");
  }

  completed(nowUs: number, ticket: Ticket, actualTokens: number | undefined): void {
    const entry = this.#entries.get(ticket);
    if (entry?.state !== "running") return;
    const charge = chargeOf(entry);
    this.#capacity.end(nowUs, entry.deployment, charge - (actualTokens ?? charge), 0);
    this.#end(entry, "settled");
  }

  produced(nowUs: number, ticket: Ticket, outputTokens: number): void {
    const entry = this.running.get(ticket);
    if (entry === undefined || outputTokens <= entry.produced) return;
    const before = chargeOf(entry);
    entry.produced = outputTokens;
    this.#capacity.charge(nowUs, entry.deployment, chargeOf(entry) - before);
  }

  /** Nothing waits past its deadline or its time in the queue once the scheduler has been told the time. */
  checkNobodyIsOverdue(nowUs: number): void {
    for (const { offer, queuedUs } of this.waiting.all()) {
      holds("S5", nowUs < (offer.deadlineUs ?? Number.POSITIVE_INFINITY), () => "still waits after its deadline");
      holds("V3", nowUs - queuedUs < this.rules.queueTimeoutUs, () => "waits longer than the queue allows");
    }
  }

  #end(entry: Entry, how: keyof Ends): void {
    entry.state = "ended";
    this.running.delete(entry.ticket);
    this.#entries.delete(entry.ticket);
    this.ends[how] += 1;
  }
}

/** Most that was charged for it: the estimate, and steps of 256 for what it produced beyond. */
function chargeOf({ offer, produced }: Entry): number {
  const beyond = Math.max(0, produced - offer.expected.outputTokens);
  return offer.expected.inputTokens + offer.expected.outputTokens + Math.ceil(beyond / 256) * 256;
}

/** Whole seconds, at most 32 and a fifth for jitter. */
function isRetryAfter(delayMs: number): boolean {
  return delayMs % 1000 === 0 && delayMs >= 1000 && delayMs <= 39_000;
}

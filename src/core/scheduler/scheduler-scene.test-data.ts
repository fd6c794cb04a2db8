import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import type { CallTokens, Effect, LaneId, Offer, Ticket } from "#core/scheduler/offer.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { Scheduler } from "#core/scheduler/scheduler.ts";

export const secondUs = 1_000_000;

/** Ten levels without floors or budgets that could get in the way. */
export const plainRules: SchedulingRules = {
  capacityModel: "multi_dimensional",
  policy: "strict",
  levels: Array.from({ length: 10 }, () => ({ floorPermille: 0, weight: 1, waitBudgetUs: 3_600 * secondUs })),
  maxAgeUs: 3_600 * secondUs,
  queueTimeoutUs: 3_600 * secondUs,
  maxQueued: 1_000,
  tenantSharePermille: 1000,
  maxQueuedBytes: 2 ** 30,
  costPermille: { input: 1000, cached: 1000, output: 1000 },
  probes: 1,
};

/** Tokens of a call that has input alone. */
export function input(inputTokens: number): CallTokens {
  return { inputTokens, cachedTokens: 0, outputTokens: 0 };
}

/** What a test offers unless it says otherwise. */
export interface Asked extends Partial<Omit<Offer, "expected">> {
  readonly tokens?: number;
}

/** A scheduler with one deployment `p/m`, a clock of its own, and a record of what came out. */
export class SchedulerScene {
  readonly scheduler: Scheduler;
  readonly effects: Effect[] = [];
  nowUs = 0;
  lane: LaneId;

  constructor(limits: CapacityLimits, rules: Partial<SchedulingRules> = {}) {
    this.scheduler = new Scheduler({ ...plainRules, ...rules });
    this.add("p/m", limits);
    this.lane = this.scheduler.lane(["p/m"]);
  }

  /** Declares a deployment with limits of its own. */
  add(id: string, limits: CapacityLimits, weight = 1): void {
    this.scheduler.setResource(this.nowUs, { id, limits });
    this.scheduler.addDeployment({ id, resources: [id], weight, group: "g" });
  }

  offer({ tokens = 1, ...rest }: Asked = {}): Ticket {
    const offer: Offer = {
      lane: this.lane,
      level: 5,
      tenant: "a",
      weight: 1,
      expected: input(tokens),
      bytes: 1,
      arrivedUs: this.nowUs,
      ...rest,
    };
    const ticket = this.scheduler.offer(this.nowUs, offer);
    this.take();
    return ticket;
  }

  complete(ticket: Ticket, actual?: CallTokens): void {
    this.scheduler.complete(this.nowUs, ticket, actual);
    this.take();
  }

  cancel(ticket: Ticket): void {
    this.scheduler.cancel(this.nowUs, ticket);
    this.take();
  }

  /** Lets time pass, waking the scheduler whenever it asked for it. */
  pass(byUs: number): void {
    const untilUs = this.nowUs + byUs;
    for (;;) {
      const wakeUs = this.scheduler.nextWakeUs;
      if (wakeUs === undefined || wakeUs > untilUs) break;
      this.nowUs = Math.max(this.nowUs, wakeUs);
      this.scheduler.tick(this.nowUs);
      this.take();
    }
    this.nowUs = untilUs;
    this.scheduler.tick(untilUs);
    this.take();
  }

  /** Tells the scheduler something at this moment. */
  tell(change: (scheduler: Scheduler, nowUs: number) => void): void {
    change(this.scheduler, this.nowUs);
    this.take();
  }

  take(): void {
    this.effects.push(...this.scheduler.takeEffects());
  }

  /** Tickets in the order in which they were dispatched. */
  get dispatched(): readonly Ticket[] {
    return this.effects.filter(({ type }) => type === "dispatch").map(({ ticket }) => ticket);
  }

  /** Deployments in the order in which they were given something. */
  get deployments(): readonly string[] {
    return this.effects.flatMap((effect) => (effect.type === "dispatch" ? [effect.deployment] : []));
  }

  /** Why a ticket was turned away; undefined when it was not. */
  reasonOf(ticket: Ticket): string | undefined {
    const effect = this.effects.find((one) => one.ticket === ticket);
    return effect?.type === "refuse" ? effect.reason : undefined;
  }

  /** Ends what runs, the oldest first, until everything offered has run. Returns the order of starts. */
  drain(actual?: CallTokens): readonly Ticket[] {
    for (let index = 0; index < this.dispatched.length; index += 1) {
      const ticket = this.dispatched[index];
      if (ticket !== undefined) this.complete(ticket, actual);
    }
    return this.dispatched;
  }
}

import type { CallTokens, LaneId, Offer, Ticket } from "#core/scheduler/offer.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { Scheduler } from "#core/scheduler/scheduler.ts";
import type { Row } from "./report.ts";
import { quantile } from "#core/bench/statistics.ts";

const tenants = 1_000;
const levels = 10;
const queued = 2_000;
const slots = 100;
const rounds = 100_000;
const warmUp = 20_000;
const perLevel = queued / levels;
const tokens: CallTokens = { inputTokens: 500, cachedTokens: 100, outputTokens: 200 };

const rules: SchedulingRules = {
  capacityModel: "multi_dimensional",
  policy: "hybrid",
  levels: Array.from({ length: levels }, (_, level) => ({
    floorPermille: level === 0 ? 0 : 10,
    weight: Math.round(1_000 / 1.5 ** level),
    waitBudgetUs: 3_600_000_000,
  })),
  maxAgeUs: 3_600_000_000,
  queueTimeoutUs: 3_600_000_000,
  maxQueued: queued + 1,
  tenantSharePermille: 1000,
  maxQueuedBytes: 2 ** 40,
  costPermille: { input: 1000, cached: 100, output: 4000 },
  probes: 1,
};

/** A scheduler with a full queue: as many in each level, as many of each tenant. */
class FullQueue {
  readonly scheduler = new Scheduler(rules);
  readonly #lane: LaneId;
  readonly #running: Ticket[] = [];
  readonly #levelOf = new Map<Ticket, number>();
  #nowUs = 0;
  #offers = 0;

  constructor() {
    const { scheduler } = this;
    scheduler.setResource(0, { id: "p", limits: { concurrent: slots, tokensPerSecond: 1_000_000_000 } });
    for (const id of ["p/a", "p/b", "p/c"]) scheduler.addDeployment({ id, resources: ["p"], weight: 1, group: "p" });
    this.#lane = scheduler.lane(["p/a", "p/b", "p/c"]);
    for (let index = 0; index < slots + queued; index += 1) this.offer(index % levels);
  }

  /** Offers one of this level. Returns the time that took, nanoseconds. */
  offer(level: number): number {
    this.#offers += 1;
    const offer: Offer = {
      lane: this.#lane,
      level,
      tenant: `tenant ${(this.#offers * 7919) % tenants}`,
      weight: 1 + (this.#offers % 3),
      expected: tokens,
      bytes: 3_000,
      arrivedUs: this.#nowUs,
    };
    const from = Bun.nanoseconds();
    const ticket = this.scheduler.offer(this.#nowUs, offer);
    const tookNs = Bun.nanoseconds() - from;
    this.#levelOf.set(ticket, level);
    this.#drain();
    return tookNs;
  }

  /** Ends one, which starts another. Returns the time that took, nanoseconds, and the level that lost one. */
  complete(): { readonly tookNs: number; readonly level: number } {
    this.#nowUs += 1_000;
    const ticket = this.#running.shift();
    if (ticket === undefined) throw new Error("nothing runs");
    const from = Bun.nanoseconds();
    this.scheduler.complete(this.#nowUs, ticket, { ...tokens, outputTokens: 100 + (this.#offers % 300) });
    const tookNs = Bun.nanoseconds() - from;
    this.#levelOf.delete(ticket);
    return { tookNs, level: this.#drain() ?? 0 };
  }

  #drain(): number | undefined {
    let level: number | undefined;
    for (const effect of this.scheduler.takeEffects()) {
      if (effect.type === "refuse") throw new Error(`refused: ${effect.reason}`);
      this.#running.push(effect.ticket);
      level = this.#levelOf.get(effect.ticket);
    }
    return level;
  }
}

/** How long one decision takes with 1,000 tenants, ten levels and 2,000 queued: an offer, and an end with the start that follows it. */
export function schedulerDecision(): Row[] {
  const queue = new FullQueue();
  const offers = new Float64Array(rounds);
  const ends = new Float64Array(rounds);
  for (let round = -warmUp; round < rounds; round += 1) {
    const { tookNs, level } = queue.complete();
    const offerNs = queue.offer(level);
    if (round < 0) continue;
    ends[round] = tookNs / 1_000;
    offers[round] = offerNs / 1_000;
  }
  const { queued: left, pools } = queue.scheduler.state(0);
  const even = pools[0]?.levels.every((level) => Math.abs(level.queued - perLevel) <= 1);
  if (left !== queued || even !== true) throw new Error("the queue did not stay as it was meant to be");
  return [
    row("an offer that is queued, p50", quantile(offers, 0.5), 5),
    row("an offer that is queued, p99", quantile(offers, 0.99), 50),
    row("an end and the start that follows, p50", quantile(ends, 0.5), 5),
    row("an end and the start that follows, p99", quantile(ends, 0.99), 50),
  ];
}

function row(what: string, gateway: number, atMost: number): Row {
  return { what, unit: "us", gateway, bar: { atMost } };
}

if (import.meta.main) {
  for (const { what, gateway } of schedulerDecision()) console.log(`${what}: ${gateway.toFixed(2)} us`);
}

import type { CallTokens, DeploymentId, Effect, LaneId, Offer, Ticket } from "#core/scheduler/offer.ts";
import { Scheduler } from "#core/scheduler/scheduler.ts";
import { CapacityBook } from "./capacity-book.ts";
import { type Entry, TicketBook } from "./ticket-book.ts";
import { holds } from "./violation.ts";
import { type ChangeStep, type RequestStep, type Step, weightOf, type World } from "./world.ts";

/** What happened, one line an effect, by the number of the offer and not of the ticket. */
export interface Happening {
  readonly atUs: number;
  readonly offer: number;
  readonly what: string;
}

/** A moment on a clock whose origin means nothing; large enough that microseconds count and small enough to step back. */
const startUs = 10 ** 12;

/** More wakes than that while nothing else happens is a scheduler that never sleeps. */
const mostWakes = 10_000;

/** Drives a real scheduler and a set of books side by side and compares them after every event. */
export class Replay {
  readonly scheduler: Scheduler;
  readonly books: TicketBook;
  readonly capacity: CapacityBook;
  readonly happenings: Happening[] = [];
  /** When each offer came, by its number. */
  readonly arrivals: number[] = [];
  readonly world: World;
  /** Runs after every event, when effects are in the books. */
  afterEvent: () => void = () => {};
  /** The caller's clock. The scheduler's own never goes back. */
  nowUs = startUs;
  readonly #lanes: readonly LaneId[];
  readonly #members: ReadonlyMap<LaneId, readonly string[]>;
  readonly #numbers = new Map<Ticket, number>();
  #heardUs = startUs;
  #offers = 0;

  constructor(world: World) {
    this.world = world;
    this.scheduler = new Scheduler(world.rules);
    for (const resource of world.resources) this.scheduler.setResource(startUs, resource);
    for (const deployment of world.deployments) this.scheduler.addDeployment(deployment);
    this.#lanes = world.lanes.map((lane) => this.scheduler.lane(lane));
    this.capacity = new CapacityBook(world);
    this.#members = new Map(this.#lanes.map((lane, index) => [lane, world.lanes[index] ?? []]));
    this.books = new TicketBook(world.rules, this.capacity, this.#members);
  }

  /** The deployments of a lane. */
  membersOf(lane: LaneId): readonly string[] {
    return this.#members.get(lane) ?? [];
  }

  /** The latest time that the scheduler was told: what counts for it when the caller's clock steps back. */
  get heardUs(): number {
    return this.#heardUs;
  }

  /** How many were offered. */
  get offers(): number {
    return this.#offers;
  }

  run(steps: readonly Step[]): this {
    for (const step of steps) this.take(step);
    return this;
  }

  take(step: Step): void {
    switch (step.do) {
      case "offer":
        this.offer(step.lane, step.level, `t${step.tenant}`, step.expected, {
          weight: weightOf(step.tenant),
          bytes: step.bytes,
          ...(step.deadlineInUs === undefined ? {} : { deadlineUs: this.#time() + step.deadlineInUs }),
        });
        break;
      case "advance":
        this.advance(step.byUs);
        break;
      case "sleep":
        this.nowUs += step.byUs;
        this.tick();
        break;
      case "back":
        this.nowUs = Math.max(0, this.nowUs - step.byUs);
        this.tick();
        break;
      case "complete":
      case "cancel":
      case "progress":
        this.#takeOne(step);
        break;
      default:
        this.#change(step);
    }
  }

  /** Offers one and applies what follows. Returns the books' entry. */
  offer(lane: number, level: number, tenant: string, expected: CallTokens, rest: Partial<Offer> = {}): Entry {
    const nowUs = this.#time();
    const id = this.#lanes[lane] ?? this.#lanes[0];
    if (id === undefined) throw new Error("a world needs a lane");
    const offer: Offer = { lane: id, level, tenant, weight: 1, expected, bytes: 1, arrivedUs: nowUs, ...rest };
    const ticket = this.scheduler.offer(this.nowUs, offer);
    this.#numbers.set(ticket, this.#offers);
    this.arrivals[this.#offers] = nowUs;
    this.#offers += 1;
    const entry = this.books.offered(nowUs, ticket, offer);
    this.settle();
    return entry;
  }

  complete(entry: Entry, actual: CallTokens | undefined): void {
    const nowUs = this.#time();
    this.scheduler.complete(this.nowUs, entry.ticket, actual);
    this.books.completed(
      nowUs,
      entry.ticket,
      actual === undefined ? undefined : actual.inputTokens + actual.outputTokens,
    );
    this.settle();
  }

  cancel(entry: Entry): void {
    const nowUs = this.#time();
    this.scheduler.cancel(this.nowUs, entry.ticket);
    this.books.cancelled(nowUs, entry.ticket);
    this.settle();
  }

  progress(entry: Entry, outputTokens: number): void {
    this.books.produced(this.#time(), entry.ticket, outputTokens);
    this.scheduler.progress(this.nowUs, entry.ticket, outputTokens);
    this.settle();
  }

  /** Counts an offer that is not made; time is told to the scheduler all the same. */
  skipOffer(): void {
    this.#offers += 1;
    this.tick();
  }

  tick(): void {
    this.#time();
    this.scheduler.tick(this.nowUs);
    this.settle();
  }

  /** Lets time pass and wakes the scheduler whenever it asked for it. */
  advance(byUs: number): void {
    const untilUs = this.nowUs + byUs;
    for (let wakes = 0; ; wakes += 1) {
      const wakeUs = this.scheduler.nextWakeUs;
      if (wakeUs === undefined || wakeUs > untilUs) break;
      holds("S15", wakes < mostWakes, () => "the scheduler asks to be woken again and again");
      this.nowUs = Math.max(this.nowUs, wakeUs);
      this.tick();
    }
    this.nowUs = untilUs;
    this.tick();
  }

  /** Ends every ticket that has ended once more. */
  endAgain(): void {
    for (const ticket of this.#numbers.keys()) {
      if (this.books.isOpen(ticket)) continue;
      this.scheduler.complete(this.nowUs, ticket, undefined);
      this.scheduler.cancel(this.nowUs, ticket);
      this.scheduler.progress(this.nowUs, ticket, 10_000);
    }
    this.settle();
  }

  /** Applies what the scheduler has put out, then compares. */
  settle(): void {
    for (const effect of this.scheduler.takeEffects()) this.#apply(effect);
    this.books.settled(this.scheduler.state(this.nowUs));
    this.books.checkNobodyIsOverdue(this.#heardUs);
    this.afterEvent();
  }

  #apply(effect: Effect): void {
    const entry = this.books.apply(this.#heardUs, effect);
    const what =
      effect.type === "dispatch" ? `dispatch ${effect.deployment} ${effect.waitedUs}` : `refuse ${effect.reason}`;
    this.happenings.push({ atUs: this.#heardUs, offer: this.#numbers.get(entry.ticket) ?? -1, what });
  }

  #time(): number {
    this.#heardUs = Math.max(this.#heardUs, this.nowUs);
    return this.#heardUs;
  }

  #takeOne(step: RequestStep): void {
    const running = [...this.books.running.values()];
    const alive = step.do === "cancel" ? [...this.books.waiting.all(), ...running] : running;
    const entry = alive[step.pick % Math.max(1, alive.length)];
    if (entry === undefined) return;
    switch (step.do) {
      case "cancel":
        this.cancel(entry);
        break;
      case "complete":
        this.complete(entry, scaled(entry.offer.expected, step.actualPermille));
        break;
      case "progress":
        this.progress(entry, step.outputTokens);
        break;
    }
  }

  #change(step: ChangeStep): void {
    const { scheduler, capacity, nowUs } = this;
    const heardUs = this.#time();
    switch (step.do) {
      case "limits": {
        const id = this.world.resources[step.resource]?.id ?? "";
        capacity.setLimits(heardUs, id, step.limits);
        scheduler.setLimits(nowUs, id, step.limits);
        break;
      }
      case "ceiling":
        capacity.setCeiling(this.#deployment(step.deployment), step.concurrent);
        scheduler.setCeiling(nowUs, this.#deployment(step.deployment), step.concurrent);
        break;
      case "health":
        capacity.setHealth(this.#deployment(step.deployment), step.health);
        scheduler.setHealth(nowUs, this.#deployment(step.deployment), step.health);
        break;
      case "rateLimited":
        capacity.pause(this.#deployment(step.deployment), heardUs + step.forUs);
        scheduler.rateLimited(nowUs, this.#deployment(step.deployment), heardUs + step.forUs);
        break;
      case "told":
        capacity.told(this.#deployment(step.deployment), heardUs, step.limits);
        scheduler.told(nowUs, this.#deployment(step.deployment), step.limits);
        break;
      case "strained":
        scheduler.setStrained(nowUs, step.strained);
        break;
      case "policy":
        this.books.rules = { ...this.books.rules, policy: step.policy };
        scheduler.setRules(nowUs, this.books.rules);
        break;
    }
    this.settle();
  }

  #deployment(index: number): DeploymentId {
    return (this.world.deployments[index]?.id ?? "") as DeploymentId;
  }
}

/** So many thousandths of what was expected; undefined where nobody knows. */
export function scaled(expected: CallTokens, permille: number | undefined): CallTokens | undefined {
  if (permille === undefined) return undefined;
  const of = (tokens: number): number => Math.floor((tokens * permille) / 1000);
  return {
    inputTokens: of(expected.inputTokens),
    cachedTokens: of(expected.cachedTokens),
    outputTokens: of(expected.outputTokens),
  };
}

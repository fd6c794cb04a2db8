import type { CallTokens, Effect, LaneId, Offer, RefusalReason, Ticket } from "#core/scheduler/offer.ts";
import { Scheduler } from "#core/scheduler/scheduler.ts";
import { CapacityBook } from "../property/scheduler/capacity-book.ts";
import { TicketBook } from "../property/scheduler/ticket-book.ts";
import type { World } from "../property/scheduler/world.ts";
import { Draws } from "./draws.ts";
import { EventHeap } from "./event-heap.ts";

/** A request as its client makes it, and how it really turns out. */
export interface SimulatedRequest {
  readonly tenant: string;
  readonly level: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** What the scheduler is told to expect; the truth unless said otherwise. */
  readonly expected?: CallTokens;
  readonly weight?: number;
  readonly deadlineInUs?: number;
  /** The client leaves when no content has come by then, and the scheduler learns of it only then. */
  readonly patienceUs?: number;
}

/** What became of a request. Times are of the simulation; undefined for what never happened. */
export interface Fate {
  readonly request: SimulatedRequest;
  readonly arrivedUs: number;
  /** The wait that was foreseen when it joined the queue; undefined when it went at once or was refused. */
  predictedUs?: number;
  startedUs?: number;
  endedUs?: number;
  refused?: RefusalReason;
  /** The client left before it had seen content. */
  left?: boolean;
}

/** How an upstream answers: time to first content, then token by token. */
export interface UpstreamModel {
  readonly firstContentUs: number;
  /** Standard deviation of the logarithm of the time to first content. */
  readonly spread: number;
  readonly tokenGapUs: number;
}

/** What a client does when it hears of its request. */
export interface Client {
  readonly refused?: (retryAfterMs: number | undefined, reason: RefusalReason) => void;
  readonly started?: () => void;
  /** The whole answer is there. */
  readonly ended?: () => void;
}

/** Compared with the books so often, in events: making the state costs as much as a hundred decisions. */
const eventsBetweenComparisons = 200;

/** Clients, an upstream and a real scheduler on one virtual clock, with books that check every effect. */
export class Simulation {
  readonly events = new EventHeap();
  /** Chance of the clients; the upstream has its own, so that the same clients come whatever is served. */
  readonly draws: Draws;
  readonly #upstreamDraws: Draws;
  readonly scheduler: Scheduler;
  readonly fates: Fate[] = [];
  readonly #upstream: UpstreamModel;
  readonly #lane: LaneId;
  readonly #books: TicketBook;
  readonly #capacity: CapacityBook;
  readonly #open = new Map<Ticket, { readonly fate: Fate; readonly client: Client }>();
  #wakeUs = Number.POSITIVE_INFINITY;
  #eventCount = 0;

  constructor(world: World, upstream: UpstreamModel, seed: number) {
    this.draws = new Draws(seed);
    this.#upstreamDraws = new Draws(seed + 1);
    this.#upstream = upstream;
    this.scheduler = new Scheduler(world.rules);
    for (const resource of world.resources) this.scheduler.setResource(0, resource);
    for (const deployment of world.deployments) this.scheduler.addDeployment(deployment);
    const members = world.lanes[0] ?? [];
    this.#lane = this.scheduler.lane(members);
    this.#capacity = new CapacityBook(world);
    this.#books = new TicketBook(world.rules, this.#capacity, new Map([[this.#lane, members]]));
  }

  get nowUs(): number {
    return this.events.nowUs;
  }

  /** Runs to this moment and compares the scheduler with the books once more. */
  run(untilUs: number): this {
    this.events.runUntil(untilUs);
    this.#after(true);
    return this;
  }

  /** Changes the limits of a resource from now on. */
  setLimits(resource: string, limits: Parameters<Scheduler["setLimits"]>[2]): void {
    this.#capacity.setLimits(this.nowUs, resource, limits);
    this.scheduler.setLimits(this.nowUs, resource, limits);
    this.#after();
  }

  send(request: SimulatedRequest, client: Client = {}): Fate {
    const { nowUs } = this;
    const { tenant, level, weight = 1, deadlineInUs, patienceUs } = request;
    const fate: Fate = { request, arrivedUs: nowUs };
    this.fates.push(fate);
    const offer: Offer = {
      lane: this.#lane,
      level,
      tenant,
      weight,
      expected: request.expected ?? tokensOf(request),
      bytes: 4 * request.inputTokens,
      arrivedUs: nowUs,
      ...(deadlineInUs === undefined ? {} : { deadlineUs: nowUs + deadlineInUs }),
    };
    const ticket = this.scheduler.offer(nowUs, offer);
    this.#books.offered(nowUs, ticket, offer);
    this.#open.set(ticket, { fate, client });
    this.#after();
    if (fate.startedUs === undefined && fate.refused === undefined) {
      fate.predictedUs = this.scheduler.place(nowUs, ticket)?.predictedUs ?? 0;
      if (patienceUs !== undefined) this.events.after(patienceUs, () => this.#leave(ticket));
    }
    return fate;
  }

  /** A client that waits in the queue gives up; one whose answer has begun to be made pays for what it got. */
  #leave(ticket: Ticket): void {
    const open = this.#open.get(ticket);
    if (open === undefined || open.fate.startedUs !== undefined) return;
    open.fate.left = true;
    this.#open.delete(ticket);
    this.scheduler.cancel(this.nowUs, ticket);
    this.#books.cancelled(this.nowUs, ticket);
    this.#after();
  }

  #after(compare = false): void {
    for (const effect of this.scheduler.takeEffects()) this.#apply(effect);
    this.#eventCount += 1;
    if (compare || this.#eventCount % eventsBetweenComparisons === 0) {
      this.#books.settled(this.scheduler.state(this.nowUs));
      this.#books.checkNobodyIsOverdue(this.nowUs);
    }
    const wakeUs = this.scheduler.nextWakeUs;
    if (wakeUs === undefined || wakeUs >= this.#wakeUs) return;
    this.#wakeUs = wakeUs;
    this.events.at(wakeUs, () => {
      if (this.#wakeUs !== wakeUs) return;
      this.#wakeUs = Number.POSITIVE_INFINITY;
      this.scheduler.tick(this.nowUs);
      this.#after();
    });
  }

  #apply(effect: Effect): void {
    const { ticket } = effect;
    this.#books.apply(this.nowUs, effect);
    const open = this.#open.get(ticket);
    if (open === undefined) return;
    if (effect.type === "refuse") {
      this.#open.delete(ticket);
      open.fate.refused = effect.reason;
      const { retryAfterMs, reason } = effect;
      const { refused } = open.client;
      // The client acts on it after this call of the scheduler, as over a network.
      if (refused !== undefined) this.events.after(0, () => refused(retryAfterMs, reason));
      return;
    }
    open.fate.startedUs = this.nowUs;
    if (open.client.started !== undefined) this.events.after(0, open.client.started);
    this.#serve(ticket, open.fate, open.client);
  }

  #serve(ticket: Ticket, fate: Fate, client: Client): void {
    const { request } = fate;
    const { firstContentUs, spread, tokenGapUs } = this.#upstream;
    const firstUs = firstContentUs === 0 ? 0 : this.#upstreamDraws.logNormal(firstContentUs, spread);
    const patienceLeftUs = fate.arrivedUs + (request.patienceUs ?? Number.POSITIVE_INFINITY) - this.nowUs;
    const expected = (request.expected ?? tokensOf(request)).outputTokens;
    for (let produced = expected + 1; produced <= request.outputTokens; produced += 256) {
      this.events.after(firstUs + produced * tokenGapUs, () => this.#progress(ticket, produced));
    }
    const leaves = firstUs > patienceLeftUs;
    const actual = leaves ? { ...tokensOf(request), outputTokens: 0 } : tokensOf(request);
    const tookUs = leaves ? patienceLeftUs : firstUs + request.outputTokens * tokenGapUs;
    this.events.after(tookUs, () => {
      fate.endedUs = this.nowUs;
      if (leaves) fate.left = true;
      this.#open.delete(ticket);
      this.scheduler.complete(this.nowUs, ticket, actual);
      this.#books.completed(this.nowUs, ticket, actual.inputTokens + actual.outputTokens);
      this.#after();
      client.ended?.();
    });
  }

  #progress(ticket: Ticket, produced: number): void {
    if (!this.#open.has(ticket)) return;
    this.#books.produced(this.nowUs, ticket, produced);
    this.scheduler.progress(this.nowUs, ticket, produced);
    this.#after();
  }
}

function tokensOf({ inputTokens, outputTokens }: SimulatedRequest): CallTokens {
  return { inputTokens, cachedTokens: 0, outputTokens };
}

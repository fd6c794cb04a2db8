import { GatewayError } from "#core/errors.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import { accountOf } from "#core/routing/deployment-id.ts";
import type { Admission, AdmissionAsk, Lease, WaitingPlace } from "#core/admission/admission.ts";
import {
  contextNeeded,
  passedOver,
  type Refusal,
  refusalError,
  tooLongError,
} from "#core/admission/admission-refusal.ts";
import { offerOf, toMicros } from "#core/admission/call-offer.ts";
import { levelLabel } from "#core/admission/level.ts";
import type { Forecast } from "#core/scheduler/forecast.ts";
import type { DeploymentId, Effect, LaneId, Ticket } from "#core/scheduler/offer.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { Scheduler } from "#core/scheduler/scheduler.ts";
import type { ScheduledAdmissionParts } from "#core/admission/scheduled-admission-parts.ts";
import { type Dispatch, type LeaseKeeper, ScheduledLease } from "#core/admission/scheduled-lease.ts";
import type { Place, Topology } from "#core/admission/topology.ts";
import type { SchedulerState } from "#core/scheduler/state.ts";
import { type Asked, WaitingCalls } from "#core/admission/waiting-calls.ts";

/** A provider that says 429 and not how long is left alone for this. */
const unsaidPauseMs = 1_000;

/**
 * The shell around the scheduler: reads the clock, keeps one timer, turns effects into leases, promises and errors. Only
 * those that wait cost a promise; whoever may go at once gets the lease as it is.
 */
export class ScheduledAdmission implements Admission {
  readonly #parts: ScheduledAdmissionParts;
  readonly #waiting: WaitingCalls;
  readonly #lanes = new Map<Place, LaneId>();
  #topology: Topology;
  readonly #keeper: LeaseKeeper;
  #armedUs: number | undefined;
  #disarm: (() => void) | undefined;

  constructor(parts: ScheduledAdmissionParts) {
    this.#parts = parts;
    this.#waiting = new WaitingCalls(parts.levels, (level, depth) => parts.meter.depth(level, depth));
    this.#keeper = this.#createKeeper();
    this.#topology = parts.topology;
    this.redeclare(parts.topology);
    parts.health.onChange((id) => this.#healthChanged(id));
  }

  /** What there is from now on. Whoever waits keeps the candidates it came with; see `Scheduler.declare`. */
  redeclare(topology: Topology): void {
    const places = [...topology.places()];
    this.#topology = topology;
    this.#lanes.clear();
    this.#parts.ceilings?.keep(new Set(places.map(({ id }) => id)));
    this.together(() => {
      const deployments = places.map(({ spec }) => spec);
      this.#parts.scheduler.declare(this.#nowUs(), { resources: topology.resources, deployments });
      for (const place of places) this.#settle(place);
    });
  }

  /** An account is another than it was, such as by a new key: pauses that its provider asked for are over. */
  startAfresh(account: string): void {
    this.#changeAccount(account, (machine, nowUs, id) => machine.startAfresh(nowUs, id));
  }

  /** Rules for whoever comes from now on; the number of levels stays. */
  setRules(rules: SchedulingRules): void {
    const { tenants } = this.#parts;
    if (tenants !== undefined) tenants.costPermille = rules.costPermille;
    this.change((machine, nowUs) => machine.setRules(nowUs, rules));
  }

  /** Carries out several changes as one: nobody starts in between. */
  together(act: () => void): void {
    this.change((machine, nowUs) => machine.together(nowUs, act));
  }

  admit(ask: AdmissionAsk): Lease | Promise<Lease> {
    const { scheduler } = this.#parts;
    ask.call.signal.throwIfAborted();
    const nowUs = this.#nowUs();
    const lane = this.#laneOf(ask);
    const ticket = scheduler.offer(nowUs, offerOf(ask, lane));
    const decided = this.#drain(ticket);
    if (decided === undefined) {
      const leave = (left: Ticket) => {
        this.#parts.meter.cancelled(ask.level);
        this.change((machine, leftUs) => machine.cancel(leftUs, left));
      };
      return this.#waiting.wait(ticket, { ask, topology: this.#topology }, nowUs, leave);
    }
    const tookMs = (this.#nowUs() - nowUs) / 1000;
    const asked = { ask, topology: this.#topology };
    if (decided.type === "refuse") throw this.#refusal(decided, asked, 0, tookMs);
    return this.#lease(decided, asked, 0, tookMs);
  }

  placeOf(requestId: string): WaitingPlace | undefined {
    const ticket = this.#waiting.ticketOf(requestId);
    const place = ticket === undefined ? undefined : this.#parts.scheduler.place(this.#nowUs(), ticket);
    return place === undefined
      ? undefined
      : { position: place.position, expectedWaitMs: Math.round(place.predictedUs / 1000) };
  }

  isWaiting(requestId: string): boolean {
    return this.#waiting.ticketOf(requestId) !== undefined;
  }

  /**
   * What would become of this if it were asked for now; nothing is taken. A deployment that nobody has asked for yet becomes
   * known by it. Throws `context_length_exceeded`.
   */
  forecast(ask: AdmissionAsk): Forecast {
    // Whoever is due goes first, as before an offer.
    this.change((machine, nowUs) => machine.tick(nowUs));
    return this.#parts.scheduler.forecast(this.#nowUs(), offerOf(ask, this.#laneOf(ask)));
  }

  /** The only way to change the scheduler from outside: what follows from it is carried out at once. */
  change(act: (scheduler: Scheduler, nowUs: number) => void): void {
    act(this.#parts.scheduler, this.#nowUs());
    this.#drain(undefined);
  }

  /** Everything as it stands. */
  state(): SchedulerState {
    return this.#parts.scheduler.state(this.#nowUs());
  }

  /** While the event loop is late, waits are admitted half as long. */
  strained(strained: boolean): void {
    this.change((machine, nowUs) => machine.setStrained(nowUs, strained));
  }

  /** Whether the configuration names this deployment or group. */
  isNamed(name: string): boolean {
    return this.#topology.isNamed(name);
  }

  #nowUs(): number {
    return toMicros(this.#parts.clock.monotonic());
  }

  #placeOf(candidate: Candidate, pool: readonly Candidate[]): Place {
    const { scheduler } = this.#parts;
    const known = this.#topology.find(candidate);
    if (known !== undefined) return known;
    const place = this.#topology.add(candidate, pool);
    if (scheduler.has(place.id)) return place;
    scheduler.addDeployment(place.spec);
    this.#settle(place);
    return place;
  }

  /** A key that is refused is refused for every model. */
  #healthChanged(id: DeploymentId): void {
    const { health } = this.#parts;
    this.#changeAccount(accountOf(id), (machine, nowUs, known) =>
      machine.setHealth(nowUs, known, health.stateOf(known)),
    );
  }

  #changeAccount(account: string, act: (machine: Scheduler, nowUs: number, id: DeploymentId) => void): void {
    this.change((machine, nowUs) => {
      for (const id of machine.deployments) if (accountOf(id) === account) act(machine, nowUs, id);
    });
  }

  /** Tells the scheduler what else holds for a deployment that was just declared. */
  #settle(place: Place): void {
    const { scheduler, health, ceilings } = this.#parts;
    const { id } = place;
    if (ceilings !== undefined) scheduler.setCeiling(this.#nowUs(), id, ceilings.begin(place));
    scheduler.setHealth(this.#nowUs(), id, health.stateOf(id));
  }

  /** Those of the pool that are long enough. Throws `context_length_exceeded` when there are none, `no_capacity` to pass them over. */
  #laneOf(ask: AdmissionAsk): LaneId {
    const { scheduler } = this.#parts;
    let first: Place | undefined;
    let more: Place[] | undefined;
    let allOpen = true;
    for (const candidate of ask.candidates) {
      const place = this.#placeOf(candidate, ask.candidates);
      if (!this.#isLongEnough(place, ask)) continue;
      allOpen &&= this.#parts.health.stateOf(place.id) === "open";
      if (first === undefined) first = place;
      else if (more === undefined) more = [first, place];
      else more.push(place);
    }
    if (first === undefined) throw this.#tooLong(ask);
    if (allOpen && !ask.lastResort) throw passedOver();
    if (more !== undefined) return scheduler.lane(more.map(({ id }) => id));
    let lane = this.#lanes.get(first);
    if (lane === undefined) {
      lane = scheduler.lane([first.id]);
      this.#lanes.set(first, lane);
    }
    return lane;
  }

  #isLongEnough({ contextTokens }: Place, ask: AdmissionAsk): boolean {
    return !this.#parts.countsTokens || contextTokens === undefined || contextNeeded(ask) <= contextTokens;
  }

  #tooLong(ask: AdmissionAsk): GatewayError {
    const windows = ask.candidates.map((candidate) => this.#placeOf(candidate, ask.candidates).contextTokens ?? 0);
    return tooLongError(contextNeeded(ask), Math.max(...windows));
  }

  /** Carries out what the scheduler has decided, and sets the timer. What concerns `own` is handed back instead. */
  #drain(own: Ticket | undefined): Effect | undefined {
    let decided: Effect | undefined;
    for (const effect of this.#parts.scheduler.takeEffects()) {
      if (effect.ticket === own) decided = effect;
      else this.#deliver(effect);
    }
    this.#arm();
    return decided;
  }

  #deliver(effect: Effect): void {
    const waiting = this.#waiting.take(effect.ticket);
    if (waiting === undefined) return;
    const waitedMs = Math.max(0, this.#nowUs() - waiting.sinceUs) / 1000;
    if (effect.type === "refuse") waiting.reject(this.#refusal(effect, waiting, waitedMs));
    else waiting.resolve(this.#lease(effect, waiting, waitedMs));
  }

  #lease(effect: Dispatch, { ask, topology }: Asked, waitedMs: number, tookMs = waitedMs): Lease {
    const { meter, ceilings } = this.#parts;
    for (const candidate of ask.candidates) {
      const place = topology.find(candidate) ?? topology.add(candidate, ask.candidates);
      if (place.id !== effect.deployment) continue;
      meter.dispatched(ask.level, tookMs, effect.byFloor);
      ceilings?.started(effect.deployment);
      return new ScheduledLease(this.#keeper, effect, { candidate, place, ask }, waitedMs);
    }
    throw new GatewayError("internal", "Internal error.", { cause: `dispatched to ${effect.deployment}` });
  }

  #refusal(effect: Refusal, { ask, topology }: Asked, waitedMs: number, tookMs = waitedMs): GatewayError {
    const { health, levels, meter } = this.#parts;
    const { level, candidates } = ask;
    meter.refused(level, effect.reason, tookMs);
    const waits = candidates.flatMap((candidate) => {
      const place = topology.find(candidate);
      return place === undefined ? [] : health.retryAfterMs(place.id);
    });
    const healthyAfterMs = Math.min(...waits);
    return refusalError(effect, { level, label: levelLabel(level, levels), waitedMs, healthyAfterMs });
  }

  #createKeeper(): LeaseKeeper {
    const { ceilings, clock, health, scheduler, tenants } = this.#parts;
    return {
      produced: ({ ticket }, outputTokens) =>
        this.change((machine, nowUs) => machine.progress(nowUs, ticket, outputTokens)),
      told: ({ candidate, place }, limits) => {
        if (health.isRetired(candidate.provider)) return;
        this.change((machine, nowUs) => machine.told(nowUs, place.id, limits));
      },
      rateLimited: ({ candidate, place }, retryAfterMs = unsaidPauseMs) => {
        if (health.isRetired(candidate.provider)) return;
        const untilUs = toMicros(clock.monotonic() + Math.max(0, retryAfterMs));
        this.change((machine, nowUs) => machine.rateLimited(nowUs, place.id, untilUs));
      },
      firstContent: ({ place: { id } }, durationMs) => {
        const ceiling = ceilings?.firstContent(id, durationMs);
        if (ceiling !== undefined) this.change((machine, nowUs) => machine.setCeiling(nowUs, id, ceiling));
      },
      released: ({ ask, ticket, place }, { tokens, sent }) => {
        ceilings?.ended(place.id);
        if (sent) tenants?.served(ask.call.principal.tenantId, tokens ?? ask.expected());
        if (sent) scheduler.complete(this.#nowUs(), ticket, tokens);
        else scheduler.cancel(this.#nowUs(), ticket);
        this.#drain(undefined);
      },
    };
  }

  #arm(): void {
    const { scheduler, clock } = this.#parts;
    const dueUs = scheduler.nextWakeUs;
    // A timer that wakes too early looks again; to set it anew for every request would cost more.
    if (dueUs !== undefined && this.#armedUs !== undefined && this.#armedUs <= dueUs) return;
    this.#disarm?.();
    this.#disarm = this.#armedUs = undefined;
    if (dueUs === undefined) return;
    this.#armedUs = dueUs;
    this.#disarm = clock.after(Math.max(1, Math.ceil((dueUs - this.#nowUs()) / 1000)), () => {
      this.#disarm = this.#armedUs = undefined;
      this.change((machine, nowUs) => machine.tick(nowUs));
    });
  }
}

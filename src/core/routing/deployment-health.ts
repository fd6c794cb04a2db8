import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { Meter } from "#core/effects/meter.ts";
import type { ErrorCode, GatewayError } from "#core/errors.ts";
import type { Part } from "#core/part.ts";
import { type BreakerRules, CircuitBreaker } from "#core/routing/circuit-breaker.ts";
import { accountIdOf, accountOf, deploymentIdOf, type NamedByParts } from "#core/routing/deployment-id.ts";
import { HealthMeter } from "#core/routing/health-meter.ts";
import type { HealthState } from "#core/scheduler/capacity.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";

/** Told of each change of a deployment; of an account, as an id without a model, when that of all its deployments may have changed. */
export type HealthListener = (id: DeploymentId, state: HealthState) => void;

/** When a deployment counts as out of order, and for how long. */
export interface HealthRules extends BreakerRules {
  /** Trials at once while half-open. */
  readonly probes: number;
}

/** What the health of deployments is kept with. */
export interface DeploymentHealthParts {
  readonly clock: Clock;
  readonly rules: HealthRules;
  readonly meter: Meter;
  readonly log: Log;
  /** Bounds the label values: a model's name, or `other`. */
  readonly modelLabel: (model: string) => string;
}

/** As much of an error as tells whose fault it was. */
type Failure = Pick<GatewayError, "code"> & Partial<Pick<GatewayError, "details">>;

/** A breaker with the clock that makes it half-open. */
interface Watched {
  readonly breaker: CircuitBreaker;
  cancel: (() => void) | undefined;
  /** Milliseconds since the epoch. */
  lastFailure?: { readonly code: ErrorCode; readonly atMs: number };
}

/** A deployment that failed lately, as an operator is told of it. */
export interface TroubledDeployment {
  readonly id: DeploymentId;
  readonly state: HealthState;
  /** Until it may be tried again; 0 where it may be now. */
  readonly retryAfterMs: number;
  readonly lastFailure: Watched["lastFailure"];
}

/** Deployments of models that only patterns name are as many as callers think of. */
const mostWatched = 1_000;
const leastQuarantineMs = 60_000;

/** Failures of the deployment. Not among them: what refuses the request itself, 429, and whatever the caller ends. */
const faults: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "upstream_unavailable",
  "upstream_tls",
  "upstream_timeout",
  "upstream_bad_response",
  "upstream_truncated",
  "upstream_redirect",
  "upstream_error",
  "upstream_overloaded",
]);

/**
 * The health of every deployment: a circuit breaker each, and one for each account, which a refused key opens at once (the
 * quarantine of keys). Only those that failed lately are kept; of the others nothing is known and nothing is done.
 */
export class DeploymentHealth implements Part {
  readonly name = "deployment health";
  #rules: HealthRules;
  readonly #parts: DeploymentHealthParts;
  readonly #meter: HealthMeter;
  readonly #deployments = new Map<DeploymentId, Watched>();
  readonly #accounts = new Map<string, Watched>();
  /** What listeners were told last; those that are not closed. */
  readonly #told = new Map<DeploymentId, HealthState>();
  readonly #toldAccounts = new Map<string, HealthState>();
  readonly #listeners: HealthListener[] = [];
  /** Providers whose accounts have started afresh since. */
  readonly #retired = new WeakSet<NamedByParts["provider"]>();

  constructor(parts: DeploymentHealthParts) {
    this.#rules = parts.rules;
    this.#parts = parts;
    this.#meter = new HealthMeter(parts.meter, parts.log, parts.modelLabel);
  }

  /** Trials at once while half-open. */
  get probes(): number {
    return this.#rules.probes;
  }

  /** Rules for whatever fails from now on; a deployment that has failed lately keeps those it failed under. */
  setRules(rules: HealthRules): void {
    this.#rules = rules;
  }

  /**
   * An account is another than it was, such as by a new key: whatever failed under its name says nothing of it, nor does what
   * requests come to that still ask `before`, its provider until then.
   */
  startAfresh(account: string, before?: NamedByParts["provider"]): void {
    if (before !== undefined) this.#retired.add(before);
    forget(this.#accounts, (id) => id === account);
    forget(this.#deployments, (id) => accountOf(id) === account);
    this.#tell();
  }

  /** Whether its account has started afresh since, so that what it answers says nothing of it. */
  isRetired(provider: NamedByParts["provider"]): boolean {
    return this.#retired.has(provider);
  }

  /** True while no deployment has failed lately. */
  get isQuiet(): boolean {
    return this.#deployments.size === 0;
  }

  stateOf(id: DeploymentId): HealthState {
    if (this.isQuiet) return "closed";
    return worse(this.#deployments.get(id)?.breaker.state, this.#accounts.get(accountOf(id))?.breaker.state);
  }

  /** Until it may be tried again, milliseconds; 0 where it may be now. */
  retryAfterMs(id: DeploymentId): number {
    const nowMs = this.#parts.clock.monotonic();
    return Math.max(
      untilHalfOpen(this.#deployments.get(id), nowMs),
      untilHalfOpen(this.#accounts.get(accountOf(id)), nowMs),
    );
  }

  /** Those that failed lately. */
  *all(): Generator<readonly [DeploymentId, HealthState], void, undefined> {
    for (const id of this.#deployments.keys()) yield [id, this.stateOf(id)];
  }

  /** Those that failed lately, with what they failed by. */
  troubled(): readonly TroubledDeployment[] {
    return [...this.#deployments].map(([id, { lastFailure }]) => ({
      id,
      state: this.stateOf(id),
      retryAfterMs: this.retryAfterMs(id),
      lastFailure,
    }));
  }

  /** A quarantine concerns every deployment of its account; told of are those that failed lately. */
  onChange(listener: HealthListener): void {
    this.#listeners.push(listener);
  }

  /** It has begun to answer. */
  answered(candidate: NamedByParts): void {
    if (this.isQuiet || this.isRetired(candidate.provider)) return;
    const account = accountIdOf(candidate.provider);
    this.#succeed(this.#accounts, account);
    this.#succeed(this.#deployments, deploymentIdOf(candidate));
  }

  /**
   * It could not answer; a refusal of the request itself counts as an answer, and so does a model that ended of its own
   * accord without a usable one: prompts can bring that about. What is not its fault counts for nothing. A key that
   * is refused for one model alone (403), or is of that model alone, shuts that one at once, and no other: callers choose
   * the model.
   */
  failed(candidate: NamedByParts, { code, details = {} }: Failure): void {
    if (this.isRetired(candidate.provider)) return;
    const hasAnswered = code === "upstream_rejected" || details["finish_reason"] !== undefined;
    if (hasAnswered) this.answered(candidate);
    const isKey = code === "upstream_auth";
    if (hasAnswered || (!isKey && !faults.has(code))) return;
    const own = this.#watched(this.#deployments, deploymentIdOf(candidate), this.#rules);
    own.lastFailure = { code, atMs: this.#parts.clock.now() };
    const isOfModelAlone = details["upstream_status"] === 403 || candidate.provider.ownKeys?.has(candidate.model);
    if (isKey && isOfModelAlone === true) this.#trip(own);
    else this.#fail(isKey ? this.#watched(this.#accounts, accountIdOf(candidate.provider), this.#quarantine()) : own);
  }

  async start(): Promise<void> {}

  /** Stops the clocks of open ones. */
  async stop(): Promise<void> {
    for (const { cancel } of [...this.#deployments.values(), ...this.#accounts.values()]) cancel?.();
  }

  #quarantine(): BreakerRules {
    const openMs = Math.max(leastQuarantineMs, this.#rules.openMs);
    return { ...this.#rules, threshold: 1, failurePercent: 0, openMs };
  }

  #watched<Id extends string>(all: Map<Id, Watched>, id: Id, rules: BreakerRules): Watched {
    const known = all.get(id);
    if (known !== undefined) return known;
    const oldest = all.size < mostWatched ? undefined : all.entries().next().value;
    if (oldest !== undefined) {
      oldest[1].cancel?.();
      all.delete(oldest[0]);
    }
    const watched: Watched = { breaker: new CircuitBreaker(rules), cancel: undefined };
    all.set(id, watched);
    return watched;
  }

  #succeed<Id extends string>(all: Map<Id, Watched>, id: Id): void {
    const watched = all.get(id);
    if (watched === undefined) return;
    const nowMs = this.#parts.clock.monotonic();
    this.#change(watched, () => watched.breaker.succeeded(nowMs));
    if (watched.breaker.isSpotless(nowMs)) all.delete(id);
  }

  #fail(watched: Watched): void {
    this.#change(watched, () => watched.breaker.failed(this.#parts.clock.monotonic()));
  }

  #trip(watched: Watched): void {
    this.#change(watched, () => watched.breaker.trip(this.#parts.clock.monotonic()));
  }

  #change(watched: Watched, act: () => void): void {
    const { breaker } = watched;
    const before = breaker.state;
    act();
    if (breaker.state === before) return;
    watched.cancel?.();
    watched.cancel = undefined;
    if (breaker.state === "open") {
      const openMs = breaker.halfOpenAtMs - this.#parts.clock.monotonic();
      watched.cancel = this.#parts.clock.after(openMs, () => this.#change(watched, () => breaker.elapse()));
    }
    this.#tell();
  }

  #tell(): void {
    for (const id of new Set([...this.#deployments.keys(), ...this.#told.keys()])) {
      const state = this.stateOf(id);
      if (state === (this.#told.get(id) ?? "closed")) continue;
      if (state === "closed") this.#told.delete(id);
      else this.#told.set(id, state);
      this.#meter.changed(id, state, this.retryAfterMs(id));
      for (const listener of this.#listeners) listener(id, state);
    }
    this.#tellOfAccounts();
  }

  /** Deployments of an account that have not failed themselves are not known by name: told is the account alone. */
  #tellOfAccounts(): void {
    for (const account of new Set([...this.#accounts.keys(), ...this.#toldAccounts.keys()])) {
      const state = this.#accounts.get(account)?.breaker.state ?? "closed";
      if (state === (this.#toldAccounts.get(account) ?? "closed")) continue;
      if (state === "closed") this.#toldAccounts.delete(account);
      else this.#toldAccounts.set(account, state);
      for (const listener of this.#listeners) listener(`${account}/` as DeploymentId, state);
    }
  }
}

function forget<Id extends string>(all: Map<Id, Watched>, isMeant: (id: Id) => boolean): void {
  for (const [id, { cancel }] of all) {
    if (!isMeant(id)) continue;
    cancel?.();
    all.delete(id);
  }
}

function worse(one: HealthState = "closed", other: HealthState = "closed"): HealthState {
  if (one === "open" || other === "open") return "open";
  return one === "half-open" ? one : other;
}

function untilHalfOpen(watched: Watched | undefined, nowMs: number): number {
  return watched?.breaker.state === "open" ? Math.max(0, watched.breaker.halfOpenAtMs - nowMs) : 0;
}

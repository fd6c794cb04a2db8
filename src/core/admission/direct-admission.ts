import type { Clock } from "#core/effects/clock.ts";
import { GatewayError } from "#core/errors.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import type { DeploymentHealth } from "#core/routing/deployment-health.ts";
import { accountOf, deploymentIdOf } from "#core/routing/deployment-id.ts";
import type { Admission, AdmissionAsk, Lease } from "#core/admission/admission.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";

/** A provider that says 429 and not how long is left alone for this, where its pool has somebody else. */
const unsaidPauseMs = 1_000;
const longestPauseMs = 300_000;
/** Pauses that are kept: deployments are as many as callers think of. */
const mostPauses = 1_000;
const longestRetryAfterMs = 32_000;
const leastRetryAfterMs = 1_000;

/**
 * Admission where nothing is scheduled: the first deployment that health allows, at once. One that is half-open gets a few
 * trials at a time, one that is open a single one and only where its pool has nobody else, one that answered 429 waits
 * for its time while there are others.
 */
export class DirectAdmission implements Admission {
  readonly #health: DeploymentHealth;
  readonly #clock: Clock;
  readonly #trials = new Map<DeploymentId, number>();
  readonly #pausedUntilMs = new Map<DeploymentId, number>();

  constructor(health: DeploymentHealth, clock: Clock) {
    this.#health = health;
    this.#clock = clock;
  }

  /** Throws `no_capacity` when everybody is out of order and under trial already. */
  admit({ candidates, lastResort }: AdmissionAsk): Lease {
    const [first] = candidates;
    if (first === undefined) throw new GatewayError("internal", "Internal error.");
    if (this.#health.isQuiet && this.#pausedUntilMs.size === 0) return new DirectLease(first, this, undefined);
    const sound = this.#healthy(candidates);
    if (sound !== undefined || !lastResort) return sound ?? this.#refuse(candidates);
    return this.#lastResort(candidates) ?? this.#refuse(candidates);
  }

  /** Nobody waits. */
  placeOf(): undefined {
    return undefined;
  }

  /** Never. */
  isWaiting(): boolean {
    return false;
  }

  /** An account is another than it was, such as by a new key: pauses that its provider asked for are over. */
  startAfresh(account: string): void {
    for (const id of this.#pausedUntilMs.keys()) if (accountOf(id) === account) this.#pausedUntilMs.delete(id);
  }

  pause(candidate: Candidate, durationMs = unsaidPauseMs): void {
    if (this.#health.isRetired(candidate.provider)) return;
    const nowMs = this.#clock.monotonic();
    if (this.#pausedUntilMs.size >= mostPauses) this.#pausedUntilMs.clear();
    this.#pausedUntilMs.set(deploymentIdOf(candidate), nowMs + Math.min(Math.max(0, durationMs), longestPauseMs));
  }

  ended(trial: DeploymentId): void {
    const left = (this.#trials.get(trial) ?? 1) - 1;
    if (left > 0) this.#trials.set(trial, left);
    else this.#trials.delete(trial);
  }

  #healthy(candidates: readonly Candidate[]): Lease | undefined {
    for (const candidate of candidates) {
      const id = deploymentIdOf(candidate);
      if (this.#isPaused(id)) continue;
      const state = this.#health.stateOf(id);
      if (state === "closed") {
        // A trial that brought it back may stream on for long: it holds up none of later.
        this.#trials.delete(id);
        return new DirectLease(candidate, this, undefined);
      }
      if (state === "half-open" && this.#trialsOf(id) < this.#health.probes) return this.#trial(candidate, id);
    }
    return undefined;
  }

  /** Whoever is only paused, else one trial at a deployment that is open, unless somebody half-open is being tried. */
  #lastResort(candidates: readonly Candidate[]): Lease | undefined {
    const known = candidates.map((candidate) => {
      const id = deploymentIdOf(candidate);
      return { candidate, id, state: this.#health.stateOf(id) };
    });
    const paused = known.find(({ state }) => state === "closed");
    if (paused !== undefined) return new DirectLease(paused.candidate, this, undefined);
    if (known.some(({ state }) => state === "half-open")) return undefined;
    const idle = known.find(({ id }) => this.#trialsOf(id) === 0);
    return idle === undefined ? undefined : this.#trial(idle.candidate, idle.id);
  }

  #refuse(candidates: readonly Candidate[]): never {
    const waits = candidates.map((candidate) => this.#health.retryAfterMs(deploymentIdOf(candidate)));
    throw new GatewayError("no_capacity", "Whoever could answer this model is out of order.", {
      retryAfterMs: Math.max(leastRetryAfterMs, Math.min(longestRetryAfterMs, ...waits)),
    });
  }

  #trial(candidate: Candidate, id: DeploymentId): Lease {
    this.#trials.set(id, this.#trialsOf(id) + 1);
    return new DirectLease(candidate, this, id);
  }

  #trialsOf(id: DeploymentId): number {
    return this.#trials.get(id) ?? 0;
  }

  #isPaused(id: DeploymentId): boolean {
    const untilMs = this.#pausedUntilMs.get(id);
    if (untilMs === undefined) return false;
    if (untilMs > this.#clock.monotonic()) return true;
    this.#pausedUntilMs.delete(id);
    return false;
  }
}

/** Capacity that nobody counts, but for the trials of what is out of order. */
class DirectLease implements Lease {
  readonly candidate: Candidate;
  readonly #admission: DirectAdmission;
  #trial: DeploymentId | undefined;

  constructor(candidate: Candidate, admission: DirectAdmission, trial: DeploymentId | undefined) {
    this.candidate = candidate;
    this.#admission = admission;
    this.#trial = trial;
  }

  get waitedMs(): number {
    return 0;
  }

  get position(): number {
    return 0;
  }

  get metered(): boolean {
    return false;
  }

  produced(): void {}

  told(): void {}

  rateLimited(retryAfterMs: number | undefined): void {
    this.#admission.pause(this.candidate, retryAfterMs);
  }

  firstContent(): void {}

  release(): void {
    if (this.#trial === undefined) return;
    this.#admission.ended(this.#trial);
    this.#trial = undefined;
  }
}

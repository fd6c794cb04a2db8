import type { GatewayError } from "#core/errors.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import type { Admission, AdmissionAsk, Lease, LeaseEnd, WaitingPlace } from "#core/admission/admission.ts";
import type { UpstreamLimits } from "#core/scheduler/capacity.ts";

/** A lease for tests that keeps what it was told. */
export class RecordedLease implements Lease {
  readonly candidate: Candidate;
  readonly waitedMs: number;
  readonly position: number;
  readonly metered: boolean;
  /** Output tokens as they were reported. */
  readonly reports: number[] = [];
  readonly limits: UpstreamLimits[] = [];
  readonly pausesMs: (number | undefined)[] = [];
  readonly firstContentsMs: number[] = [];
  readonly ends: LeaseEnd[] = [];

  constructor(candidate: Candidate, waitedMs = 0, position = 0, metered = true) {
    this.candidate = candidate;
    this.waitedMs = waitedMs;
    this.position = position;
    this.metered = metered;
  }

  produced(outputTokens: number): void {
    this.reports.push(outputTokens);
  }

  told(limits: UpstreamLimits): void {
    this.limits.push(limits);
  }

  rateLimited(retryAfterMs: number | undefined): void {
    this.pausesMs.push(retryAfterMs);
  }

  firstContent(durationMs: number): void {
    this.firstContentsMs.push(durationMs);
  }

  release(end: LeaseEnd): void {
    this.ends.push(end);
  }
}

/** What an admission under test decides: a refusal, or which of the candidates; later where it is a promise. */
export type Decision = Lease | GatewayError | Promise<Lease>;

/** An admission for tests: decides as told, and keeps what it was asked and what it gave. */
export class ScriptedAdmission implements Admission {
  /** The candidates that were offered, as `provider/model`, ask by ask. */
  readonly offers: string[][] = [];
  readonly asks: AdmissionAsk[] = [];
  readonly leases: RecordedLease[] = [];
  readonly #decide: (ask: AdmissionAsk, give: (candidate: Candidate | undefined) => RecordedLease) => Decision;

  /** Gives the first candidate at once unless told otherwise. */
  constructor(
    decide: (ask: AdmissionAsk, give: (candidate: Candidate | undefined) => RecordedLease) => Decision = giveFirst,
  ) {
    this.#decide = decide;
  }

  admit(ask: AdmissionAsk): Lease | Promise<Lease> {
    this.asks.push(ask);
    this.offers.push(ask.candidates.map(({ provider, model }) => `${provider.name}/${model}`));
    const decided = this.#decide(ask, (candidate) => this.give(candidate));
    if (decided instanceof Error) throw decided;
    return decided;
  }

  /** A lease that is kept. */
  give(candidate: Candidate | undefined, waitedMs = 0, position = 0): RecordedLease {
    if (candidate === undefined) throw new Error("Nobody was offered.");
    const lease = new RecordedLease(candidate, waitedMs, position);
    this.leases.push(lease);
    return lease;
  }

  isWaiting(requestId: string): boolean {
    return this.placeOf(requestId) !== undefined;
  }

  placeOf(requestId: string): WaitingPlace | undefined {
    return requestId === "req_1" ? { position: 3, expectedWaitMs: 1200 } : undefined;
  }
}

const giveFirst = (ask: AdmissionAsk, give: (candidate: Candidate | undefined) => RecordedLease): Decision =>
  give(ask.candidates[0]);

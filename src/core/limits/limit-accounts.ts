import type { Clock } from "#core/effects/clock.ts";
import type { KeyId } from "#core/effects/ids.ts";
import type { Log } from "#core/effects/log.ts";
import type { Meter } from "#core/effects/meter.ts";
import type { CallerRates, KeyPlaces, KeyQuota } from "#core/limits/caller-rates.ts";
import { concurrencyRefusal, type LimitRefusal, quotaRefusal, rateRefusal } from "#core/limits/limit-refusal.ts";
import type { LimitReport } from "#core/limits/limiter.ts";
import { LimitsMeter } from "#core/limits/limits-meter.ts";
import { fullQuota, quotaRemaining, quotasPassed } from "#core/limits/quota.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";
import type { QuotaUsages } from "#core/limits/quota-usages.ts";
import { RateBook } from "#core/limits/rate-book.ts";

/** `shadow`: what would be refused is only counted, and takes nothing but its quota. */
export type LimitsMode = "enforce" | "shadow";

/** What the accounts are built from. */
export interface LimitAccountsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly mode: LimitsMode;
  readonly usages: QuotaUsages;
}

/** What all callers have taken of their limits: asked first, then booked, so that a refusal takes nothing (T-31). */
export class LimitAccounts {
  meter: LimitsMeter;
  #mode: LimitsMode;
  readonly #parts: LimitAccountsParts;
  readonly #book = new RateBook();
  readonly #running = new Map<KeyId, number>();

  constructor(parts: LimitAccountsParts) {
    this.#parts = parts;
    this.#mode = parts.mode;
    this.meter = new LimitsMeter(parts.meter, parts.mode);
  }

  /** Whether refusals are meant, from now on. */
  setMode(mode: LimitsMode): void {
    this.#mode = mode;
    this.meter = new LimitsMeter(this.#parts.meter, mode);
  }

  /**
   * What keeps a call out. Beside what it takes at once, that is whatever leaves no room for a single token: cheaper to say
   * now than after the body is read.
   */
  entryRefusal({ requests, tokens, quotas, places }: CallerRates): LimitRefusal | undefined {
    for (const { keyId, limit } of places) {
      if (limit !== undefined && (this.#running.get(keyId) ?? 0) >= limit) return concurrencyRefusal(limit);
    }
    const blocked = this.#book.blocking(requests, 1, this.#nowUs()) ?? this.#book.blocking(tokens, 1, this.#nowUs());
    return blocked === undefined ? this.#quotaRefusal(quotas, 1) : rateRefusal(blocked);
  }

  /** What keeps a call from taking so many tokens. */
  tokenRefusal({ tokens: limits, quotas }: CallerRates, tokens: number): LimitRefusal | undefined {
    const blocked = this.#book.blocking(limits, tokens, this.#nowUs());
    return blocked === undefined ? this.#quotaRefusal(quotas, tokens) : rateRefusal(blocked);
  }

  /** Counts a refusal, and throws it unless only a shadow was cast. */
  refuse(refusal: LimitRefusal): void {
    this.meter.decided(refusal.scope, "refused");
    if (this.#mode === "enforce") throw refusal.error();
  }

  /** Takes a request and a place among those that run, of each key. Returns what `undo` wants to know. */
  enter({ requests, places }: CallerRates): readonly number[] {
    const endsUs = this.#book.take(requests, 1, this.#nowUs());
    for (const { scope } of requests) this.meter.decided(scope, "allowed");
    this.begin(places);
    if (places.some(({ limit }) => limit !== undefined)) this.meter.decided("concurrency", "allowed");
    return endsUs;
  }

  /** Gives the places back. */
  leave({ places }: CallerRates): void {
    this.end(places);
  }

  /** A call of these keys runs. */
  begin(places: readonly KeyPlaces[]): void {
    for (const { keyId } of places) this.#running.set(keyId, (this.#running.get(keyId) ?? 0) + 1);
  }

  /** And runs no more. */
  end(places: readonly KeyPlaces[]): void {
    for (const { keyId } of places) {
      const left = (this.#running.get(keyId) ?? 0) - 1;
      if (left > 0) this.#running.set(keyId, left);
      else this.#running.delete(keyId);
    }
  }

  /** Gives the request back too: it counts as not made. */
  undo({ requests }: CallerRates, endsUs: readonly number[]): void {
    this.#book.giveBack(requests, 1, endsUs, this.#nowUs());
  }

  /** The usage of each quota now. */
  usages({ quotas }: CallerRates): readonly QuotaUsage[] {
    return quotas.map((quota) => this.#usage(quota));
  }

  /** Takes tokens; of each quota in the windows of `since`. May leave a debt. Returns what `giveBack` wants to know. */
  take({ tokens: limits, quotas }: CallerRates, tokens: number, since: readonly QuotaUsage[]): readonly number[] {
    this.#bookQuotas(quotas, tokens, since);
    return this.#book.take(limits, tokens, this.#nowUs());
  }

  /** Gives tokens back that `take` took. */
  giveBack(
    { tokens: limits, quotas }: CallerRates,
    tokens: number,
    since: readonly QuotaUsage[],
    endsUs: readonly number[],
  ): void {
    this.#book.giveBack(limits, tokens, endsUs, this.#nowUs());
    this.#bookQuotas(quotas, -tokens, since);
  }

  /** The tightest limit of each kind. */
  report(rates: CallerRates): LimitReport {
    const requests = this.#book.tightest(rates.requests, this.#nowUs());
    const tokens = this.#book.tightest(rates.tokens, this.#nowUs());
    const left = rates.quotas.flatMap((quota) => quotaRemaining(quota.limits, this.#usage(quota)) ?? []);
    return {
      ...(requests === undefined ? {} : { requests }),
      ...(tokens === undefined ? {} : { tokens }),
      ...(left.length === 0 ? {} : { quotaRemaining: Math.min(...left) }),
    };
  }

  #quotaRefusal(quotas: readonly KeyQuota[], tokens: number): LimitRefusal | undefined {
    for (const quota of quotas) {
      const full = fullQuota(quota.limits, this.#usage(quota), tokens, this.#parts.clock.now());
      if (full !== undefined) return quotaRefusal(full, tokens);
    }
    return undefined;
  }

  #usage({ keyId, told }: KeyQuota): QuotaUsage {
    return this.#parts.usages.of(keyId, told, this.#parts.clock.now());
  }

  #bookQuotas(quotas: readonly KeyQuota[], tokens: number, since: readonly QuotaUsage[]): void {
    for (const [index, quota] of quotas.entries()) {
      this.#bookQuota(quota, tokens, since[index] ?? this.#usage(quota));
    }
  }

  #bookQuota({ keyId, limits }: KeyQuota, tokens: number, since: QuotaUsage): void {
    const { log, usages } = this.#parts;
    const { before, after } = usages.add(keyId, tokens, since);
    if (tokens <= 0) return;
    for (const { window, limit } of quotasPassed(limits, before, after)) {
      log.warn("quota_passed", { key_id: keyId, window, limit });
      this.meter.decided("quota", "warned");
    }
  }

  #nowUs(): number {
    return Math.floor(this.#parts.clock.monotonic() * 1000);
  }
}

import type { Clock } from "#core/effects/clock.ts";
import type { KeyId } from "#core/effects/ids.ts";
import type { Log } from "#core/effects/log.ts";
import type { Meter } from "#core/effects/meter.ts";
import type { CallerRates } from "#core/limits/caller-rates.ts";
import { concurrencyRefusal, type LimitRefusal, quotaRefusal, rateRefusal } from "#core/limits/limit-refusal.ts";
import type { LimitReport } from "#core/limits/limiter.ts";
import { LimitsMeter } from "#core/limits/limits-meter.ts";
import { fullQuota, quotaRemaining, quotasPassed } from "#core/limits/quota.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";
import type { QuotaUsages } from "#core/limits/quota-usages.ts";
import { RateBook } from "#core/limits/rate-book.ts";

/** What the accounts are built from. */
export interface LimitAccountsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** `shadow`: what would be refused is only counted, and takes nothing but its quota. */
  readonly mode: "enforce" | "shadow";
  readonly usages: QuotaUsages;
}

/** What all callers have taken of their limits: asked first, then booked, so that a refusal takes nothing (T-31). */
export class LimitAccounts {
  readonly meter: LimitsMeter;
  readonly #parts: LimitAccountsParts;
  readonly #book = new RateBook();
  readonly #running = new Map<KeyId, number>();

  constructor(parts: LimitAccountsParts) {
    this.#parts = parts;
    this.meter = new LimitsMeter(parts.meter, parts.mode);
  }

  /**
   * What keeps a call out. Beside what it takes at once, that is whatever leaves no room for a single token: cheaper to say
   * now than after the body is read.
   */
  entryRefusal({ requests, tokens, quota, concurrency }: CallerRates): LimitRefusal | undefined {
    if (concurrency?.limit !== undefined && (this.#running.get(concurrency.keyId) ?? 0) >= concurrency.limit) {
      return concurrencyRefusal(concurrency.limit);
    }
    const blocked = this.#book.blocking(requests, 1, this.#nowUs()) ?? this.#book.blocking(tokens, 1, this.#nowUs());
    return blocked === undefined ? this.#quotaRefusal(quota, 1) : rateRefusal(blocked);
  }

  /** What keeps a call from taking so many tokens. */
  tokenRefusal({ tokens: limits, quota }: CallerRates, tokens: number): LimitRefusal | undefined {
    const blocked = this.#book.blocking(limits, tokens, this.#nowUs());
    return blocked === undefined ? this.#quotaRefusal(quota, tokens) : rateRefusal(blocked);
  }

  /** Counts a refusal, and throws it unless only a shadow was cast. */
  refuse(refusal: LimitRefusal): void {
    this.meter.decided(refusal.scope, "refused");
    if (this.#parts.mode === "enforce") throw refusal.error();
  }

  /** Takes a request and a place among those that run. Returns what `undo` wants to know. */
  enter({ requests, concurrency }: CallerRates): readonly number[] {
    const endsUs = this.#book.take(requests, 1, this.#nowUs());
    for (const { scope } of requests) this.meter.decided(scope, "allowed");
    if (concurrency === undefined) return endsUs;
    this.begin(concurrency.keyId);
    if (concurrency.limit !== undefined) this.meter.decided("concurrency", "allowed");
    return endsUs;
  }

  /** Gives the place back. */
  leave({ concurrency }: CallerRates): void {
    if (concurrency !== undefined) this.end(concurrency.keyId);
  }

  /** A call of this key runs. */
  begin(keyId: KeyId): void {
    this.#running.set(keyId, (this.#running.get(keyId) ?? 0) + 1);
  }

  /** And runs no more. */
  end(keyId: KeyId): void {
    const left = (this.#running.get(keyId) ?? 0) - 1;
    if (left > 0) this.#running.set(keyId, left);
    else this.#running.delete(keyId);
  }

  /** Gives the request back too: it counts as not made. */
  undo({ requests }: CallerRates, endsUs: readonly number[]): void {
    this.#book.giveBack(requests, 1, endsUs, this.#nowUs());
  }

  /** The usage of the key's quota now; undefined without one. */
  usage({ quota }: CallerRates): QuotaUsage | undefined {
    return quota === undefined ? undefined : this.#parts.usages.of(quota.keyId, quota.told, this.#parts.clock.now());
  }

  /** Takes tokens; of a quota in the windows of `since`. May leave a debt. Returns what `giveBack` wants to know. */
  take({ tokens: limits, quota }: CallerRates, tokens: number, since: QuotaUsage | undefined): readonly number[] {
    if (quota !== undefined && since !== undefined) this.#bookQuota(quota, tokens, since);
    return this.#book.take(limits, tokens, this.#nowUs());
  }

  /** Gives tokens back that `take` took. */
  giveBack(
    { tokens: limits, quota }: CallerRates,
    tokens: number,
    since: QuotaUsage | undefined,
    endsUs: readonly number[],
  ): void {
    this.#book.giveBack(limits, tokens, endsUs, this.#nowUs());
    if (quota !== undefined && since !== undefined) this.#bookQuota(quota, -tokens, since);
  }

  /** The tightest limit of each kind. */
  report(rates: CallerRates): LimitReport {
    const requests = this.#book.tightest(rates.requests, this.#nowUs());
    const tokens = this.#book.tightest(rates.tokens, this.#nowUs());
    const usage = this.usage(rates);
    const { quota } = rates;
    const left = quota === undefined || usage === undefined ? undefined : quotaRemaining(quota.limits, usage);
    return {
      ...(requests === undefined ? {} : { requests }),
      ...(tokens === undefined ? {} : { tokens }),
      ...(left === undefined ? {} : { quotaRemaining: left }),
    };
  }

  #quotaRefusal(quota: CallerRates["quota"], tokens: number): LimitRefusal | undefined {
    if (quota === undefined) return undefined;
    const nowMs = this.#parts.clock.now();
    const full = fullQuota(quota.limits, this.#parts.usages.of(quota.keyId, quota.told, nowMs), tokens, nowMs);
    return full === undefined ? undefined : quotaRefusal(full, tokens);
  }

  #bookQuota({ keyId, limits }: NonNullable<CallerRates["quota"]>, tokens: number, since: QuotaUsage): void {
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

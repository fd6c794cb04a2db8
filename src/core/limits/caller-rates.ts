import { addressBytes } from "#core/address-range.ts";
import type { KeyId } from "#core/effects/ids.ts";
import type { KeyLimits } from "#core/identity/key-policy.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { GcraRate } from "#core/limits/gcra.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";
import { compilePattern, type Pattern } from "#core/routing/pattern.ts";
import type { QuotaAdjustment } from "#core/time-rules/time-rules.ts";

/** By whom is counted. A team is a tenant: who is in none is one alone. */
export type LimitScope = "key" | "user" | "team" | "address";

/** A limit for each of these alone; an absent one is none. */
export type LimitsByScope = { readonly [Scope in LimitScope]?: number };

/** Limits of everybody, units per hour. One minute's worth may come at once. */
export interface HourlyLimits {
  readonly requestsPerHour: LimitsByScope;
  readonly tokensPerHour: LimitsByScope;
}

/** A rule of the hour ready to be asked: each limit that it names stands in the place of the key's own. */
export interface CompiledQuotaRule {
  readonly rule: QuotaAdjustment;
  readonly pattern: Pattern;
}

/** One rate that one caller is held to. */
export interface RateLimit {
  /** Of the caller and the limit: what is counted together. */
  readonly id: string;
  readonly scope: LimitScope;
  readonly unit: "requests" | "tokens";
  readonly per: "second" | "minute" | "hour";
  readonly rate: GcraRate;
}

/** How many requests of a key may run at once; undefined for any number: they are counted in case a limit comes. */
export interface KeyPlaces {
  readonly keyId: KeyId;
  readonly limit: number | undefined;
}

/** Quotas of a key, and what the store last told of their usage. */
export interface KeyQuota {
  readonly keyId: KeyId;
  readonly limits: KeyLimits;
  readonly told: QuotaUsage | undefined;
}

/** Everything that limits one caller: what is its key's own, and what that shares with the key that made it. */
export interface CallerRates {
  readonly requests: readonly RateLimit[];
  readonly tokens: readonly RateLimit[];
  readonly places: readonly KeyPlaces[];
  readonly quotas: readonly KeyQuota[];
}

/** Makes the rules of the hour ready; of those that match a key the last counts. */
export function compileQuotaRules(rules: readonly QuotaAdjustment[]): readonly CompiledQuotaRule[] {
  return rules.map((rule) => ({ rule, pattern: compilePattern(rule.pattern) })).toReversed();
}

/**
 * What limits a caller, but for its address: what its key is held to, then the same of the key that made it, and beside both
 * what limits everybody.
 */
export function ratesOf(principal: Principal, hourly: HourlyLimits, rules: readonly CompiledQuotaRule[]): CallerRates {
  const { parent } = principal;
  // What a key may take holds for the keys that it makes, or it would make its own way round.
  const bearers = parent === undefined ? [principal] : [principal, parent];
  const ofKeys = bearers.map((bearer) => ratesOfKey(bearer, hourly, rules));
  const { requestsPerHour, tokensPerHour } = hourly;
  return {
    requests: [
      ...ofKeys.flatMap(({ requests }) => requests),
      ...hourlyRates(principal, "requests", requestsPerHour, ["user", "team"]),
    ],
    tokens: [
      ...ofKeys.flatMap(({ tokens }) => tokens),
      ...hourlyRates(principal, "tokens", tokensPerHour, ["user", "team"]),
    ],
    places: ofKeys.flatMap(({ places }) => places),
    quotas: ofKeys.flatMap(({ quotas }) => quotas),
  };
}

/** What is counted by a key alone: the rules of the hour before its policy. */
function ratesOfKey(
  principal: Principal,
  { requestsPerHour, tokensPerHour }: HourlyLimits,
  rules: readonly CompiledQuotaRule[],
): CallerRates {
  const { keyId, policy, quotaUsage: told } = principal;
  if (keyId === undefined) return { requests: [], tokens: [], places: [], quotas: [] };
  const rule = ruleFor(principal, rules);
  const limits = policy?.limits ?? {};
  const { requestsPerMinute, tokensPerMinute, tokensPerDay, tokensPerMonth } = limits;
  const hasQuota = tokensPerDay !== undefined || tokensPerMonth !== undefined;
  return {
    requests: [
      ...ownRate(keyId, "requests", rule.requestsPerSecond, requestsPerMinute),
      ...hourlyRates(principal, "requests", requestsPerHour, ["key"]),
    ],
    tokens: [
      ...ownRate(keyId, "tokens", rule.tokensPerSecond, tokensPerMinute),
      ...hourlyRates(principal, "tokens", tokensPerHour, ["key"]),
    ],
    places: [{ keyId, limit: rule.concurrent ?? limits.concurrent }],
    quotas: hasQuota ? [{ keyId, limits, told }] : [],
  };
}

/** The hourly rate of an address, if there is one. Addresses of IPv6 are counted by their first 64 bits, which one household has to itself. */
export function addressRate(unit: RateLimit["unit"], perHour: number | undefined, address: string): RateLimit[] {
  return perHour === undefined ? [] : [rateLimit("address", unit, "hour", perHour, addressGroup(address))];
}

function ruleFor({ names }: Principal, rules: readonly CompiledQuotaRule[]): Partial<QuotaAdjustment> {
  if (names === undefined) return {};
  const { key, user } = names;
  return rules.find(({ pattern }) => pattern.matches(key) || pattern.matches(user))?.rule ?? {};
}

function ownRate(
  keyId: KeyId,
  unit: RateLimit["unit"],
  perSecond: number | undefined,
  perMinute: number | undefined,
): RateLimit[] {
  if (perSecond !== undefined) return [rateLimit("key", unit, "second", perSecond, keyId)];
  return perMinute === undefined ? [] : [rateLimit("key", unit, "minute", perMinute, keyId)];
}

function hourlyRates(
  principal: Principal,
  unit: RateLimit["unit"],
  limits: LimitsByScope,
  scopes: readonly ("key" | "user" | "team")[],
): RateLimit[] {
  const who = { key: principal.keyId, user: principal.userId, team: principal.tenantId };
  return scopes.flatMap((scope) => {
    const [limit, name] = [limits[scope], who[scope]];
    return limit === undefined || name === undefined ? [] : [rateLimit(scope, unit, "hour", limit, name)];
  });
}

const periodsUs = { second: 1_000_000, minute: 60_000_000, hour: 3_600_000_000 };

function rateLimit(
  scope: LimitScope,
  unit: RateLimit["unit"],
  per: RateLimit["per"],
  count: number,
  who: string,
): RateLimit {
  const burst = per === "hour" ? Math.max(1, Math.ceil(count / 60)) : count;
  return { id: `${scope} ${unit} ${per} ${who}`, scope, unit, per, rate: { count, periodUs: periodsUs[per], burst } };
}

/** Peers that count as one: an IPv4 address, or the 64 bits that a household of IPv6 has to itself. */
export function addressGroup(address: string): string {
  if (!address.includes(":")) return address;
  const bytes = addressBytes(address);
  if (bytes?.length !== 16) return address;
  const mapped = bytes.subarray(0, 12).toHex() === "00000000000000000000ffff";
  return mapped ? bytes.subarray(12).join(".") : bytes.subarray(0, 8).toHex();
}

import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import type { KeyLimits } from "#core/identity/key-policy.ts";
import { callerPermissions } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";
import { CallerLimits } from "#core/limits/caller-limits.ts";
import type { HourlyLimits } from "#core/limits/caller-rates.ts";
import { QuotaUsages } from "#core/limits/quota-usages.ts";

/** Where calls come from. */
export const origin = { address: "192.0.2.1" };
/** Name of the metric of decisions: scope, decision, mode. */
export const decisions = "tokligence_ratelimit_decisions_total";

/** A key of these limits, of Ann in team 1 unless told otherwise. */
export function caller(limits: KeyLimits = {}, more: Partial<Principal> = {}): Principal {
  return {
    kind: "key",
    tenantId: "team_1" as TenantId,
    userId: "usr_1" as UserId,
    keyId: "key_1" as KeyId,
    permissions: callerPermissions,
    names: { key: "nightly", user: "ann@example.org" },
    policy: { limits },
    ...more,
  };
}

/** Limits with their clock and what they report to; every call comes from one address unless told otherwise. */
export function limitsBench(hourly: Partial<HourlyLimits> = {}, mode: "enforce" | "shadow" = "enforce") {
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const usages = new QuotaUsages();
  const limits = new CallerLimits({
    clock,
    log,
    meter,
    mode,
    usages,
    hourly: { requestsPerHour: {}, tokensPerHour: {}, ...hourly },
  });
  const enter = (principal: Principal, address = origin.address) => limits.enter(principal, { address }, true);
  return { clock, log, meter, usages, limits, enter };
}

/** What this throws, undefined when it does not. */
export function refusalOf(act: () => unknown): GatewayError | undefined {
  try {
    act();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

/** The end of a call that was answered. */
export const done = (tokens?: number) => ({ tokens, refused: false });
/** The end of a call that was turned away. */
export const refused = { tokens: undefined, refused: true };

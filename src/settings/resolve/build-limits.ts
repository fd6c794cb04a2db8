import { join } from "node:path";
import type { LimitsByScope } from "#core/limits/caller-rates.ts";
import type { Configuration } from "#settings/schema/configuration.ts";
import type { BreakerSettings, RateLimitSettings, TimeRulesSettings } from "#settings/settings.ts";

const milliseconds = (seconds: number): number => Math.round(seconds * 1000);

/** What `[circuit_breaker]` settles, in the program's words. */
export function buildBreaker(said: Configuration["circuit_breaker"]): BreakerSettings {
  return {
    threshold: said.threshold,
    openMs: milliseconds(said.timeout),
    failurePercent: said.failure_rate,
    windowMs: milliseconds(said.window),
    minimumRequests: said.minimum_requests,
    probes: said.probes,
  };
}

/** What `[rate_limit]` settles; 0 is no limit. */
export function buildRateLimit(said: Configuration["rate_limit"]): RateLimitSettings {
  return {
    enabled: said.enabled,
    mode: said.mode,
    requestsPerHour: limitsOf(said.per_key, said.per_user, said.per_team, said.per_ip),
    tokensPerHour: limitsOf(said.tokens_per_key, said.tokens_per_user, said.tokens_per_team, said.tokens_per_ip),
  };
}

/** What `[time_rules]` settles; the file lies beside the configuration unless it says otherwise. */
export function buildTimeRules(said: Configuration["time_rules"], configDir: string): TimeRulesSettings {
  return {
    enabled: said.enabled,
    path: said.file ?? join(configDir, "time-rules.ini"),
    checkIntervalMs: milliseconds(said.check_interval),
    fileCheckIntervalMs: milliseconds(said.file_check_interval),
    defaultTimezone: said.default_timezone,
  };
}

function limitsOf(key = 0, user = 0, team = 0, address = 0): LimitsByScope {
  return {
    ...(key > 0 && { key }),
    ...(user > 0 && { user }),
    ...(team > 0 && { team }),
    ...(address > 0 && { address }),
  };
}

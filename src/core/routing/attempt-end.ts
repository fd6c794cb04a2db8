import { isStreamed } from "#core/chat/canonical-request.ts";
import type { Log } from "#core/effects/log.ts";
import type { ErrorCode, GatewayError } from "#core/errors.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { OpenedAnswer } from "#core/routing/attempt.ts";
import type { AttemptParts } from "#core/routing/attempts.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import type { Lease, LeaseEnd } from "#core/admission/admission.ts";

/** Found before a byte has gone to the provider: what its protocol cannot say, and pictures that cannot be had. */
export const neverSent: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["unsupported_value", "invalid_request"]);

/** Where the provider could not be reached; of `upstream_unavailable` only if nothing was sent. */
const unreached: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["upstream_unavailable", "upstream_tls"]);

/** The provider itself said that it did nothing. */
const declined: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "upstream_auth",
  "upstream_error",
  "upstream_overloaded",
  "upstream_rate_limited",
  "upstream_rejected",
]);

const nothing = { inputTokens: 0, cachedTokens: 0, outputTokens: 0 };

/** Tells everybody who wants to know that an attempt has shown content after so long. */
export function hasAnswered(call: ModelCall, { lease }: OpenedAnswer, durationMs: number, parts: AttemptParts): void {
  parts.meter.attempt(lease.candidate, durationMs, "ok");
  parts.health.answered(lease.candidate);
  // The whole of an unstreamed answer says nothing of when its first content was there.
  if (isStreamed(call.request)) lease.firstContent(durationMs);
}

/** Tells everybody who wants to know that an attempt failed before any content, and gives its capacity back. */
export function hasFailed(
  call: ModelCall,
  lease: Lease,
  error: GatewayError,
  { durationMs, wasHurried }: { readonly durationMs: number; readonly wasHurried: boolean },
  { health, log, meter }: AttemptParts,
): void {
  const { candidate } = lease;
  meter.attempt(candidate, durationMs, error.code);
  if (call.signal.aborted) {
    lease.release({ tokens: undefined, sent: true });
    return;
  }
  if (!(error.code === "upstream_timeout" && wasHurried)) health.failed(candidate, error);
  if (error.code === "upstream_auth") tellOperator(call, candidate, error, log);
  if (error.code === "upstream_rate_limited") lease.rateLimited(error.retryAfterMs);
  lease.release(leaseEndOf(error));
}

/** Nobody but the operator can mend a key, and the caller is told as little of it as can be. */
function tellOperator(call: ModelCall, { provider, model }: Candidate, error: GatewayError, log: Log): void {
  log.error("credentials_refused", {
    request_id: call.requestId,
    provider: provider.name,
    account: provider.account,
    model,
    message: error.message,
    upstream_request_id: error.upstreamRequestId,
  });
}

/** What an attempt has taken that failed before its first content: the estimate stands where the provider may be at work. */
function leaseEndOf({ code, details }: GatewayError): LeaseEnd {
  const isLost = unreached.has(code) && details["sent"] !== true;
  if (isLost || neverSent.has(code)) return { tokens: undefined, sent: false };
  return { tokens: declined.has(code) ? nothing : undefined, sent: true };
}

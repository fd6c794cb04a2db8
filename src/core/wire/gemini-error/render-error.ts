import type { ErrorCode, GatewayError } from "#core/errors.ts";
import type { RenderedError } from "#core/wire/codec.ts";
import { geminiErrorObject } from "#core/wire/gemini-error/read-error.ts";
import { errorHeaders, forwardedAnswer, shownMessage, type TooLongWords } from "#core/wire/rendered-error.ts";

type Fields = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();
/** Our error as Google would have answered it; Gemini's own refusal of the request itself is forwarded unmodified. */
export function renderGeminiError(error: GatewayError, requestId: string): RenderedError {
  const forwarded = forwardedAnswer(error, "gemini", geminiErrorObject);
  const status = forwarded?.status ?? statusOf(error);
  const body = forwarded?.body ?? encoder.encode(JSON.stringify({ error: googleError(error, requestId) }));
  return { status, headers: errorHeaders(error, status, false), body };
}

/** The error as the last element of a stream, JSON without line breaks: `{"error": ...}`. */
export function renderGeminiStreamError(error: GatewayError, requestId: string): string {
  const forwarded = forwardedAnswer(error, "gemini", geminiErrorObject);
  return JSON.stringify({ error: forwarded?.error ?? googleError(error, requestId) });
}

/** A google.rpc.Status (Google AIP-193), with the reason and the wait in its details. */
function googleError(error: GatewayError, requestId: string): Fields {
  const details: Fields[] = [];
  if (error.code === "unauthenticated") {
    details.push({
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "API_KEY_INVALID",
      domain: "googleapis.com",
    });
  }
  const field = error.details["field"];
  if (typeof field === "string") {
    const violation = { field, description: error.message };
    details.push({ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [violation] });
  }
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.ceil(error.retryAfterMs) / 1000;
    details.push({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${seconds}s` });
  }
  return {
    code: statusOf(error),
    message: shownMessage(error, requestId, tooLong),
    status: refusals[error.status] ?? words[error.code],
    ...(details.length === 0 ? {} : { details }),
  };
}

/** Google has no 402: what is used up, money too, is 429. */
function statusOf({ code, status }: GatewayError): number {
  return code === "budget_exhausted" ? 429 : status;
}

/** What Google calls refusals of a request by their status alone, whoever refused it. */
const refusals: Readonly<Record<number, string>> = { 404: "NOT_FOUND", 409: "ABORTED", 413: "INVALID_ARGUMENT" };

const tooLong: TooLongWords = (length) =>
  length === undefined
    ? "The input token count exceeds the maximum number of tokens allowed."
    : `The input token count (${length.tokens}) exceeds the maximum number of tokens allowed (${length.most}).`;

/** google.rpc.Code by our codes. */
const words: Readonly<Record<ErrorCode, string>> = {
  invalid_request: "INVALID_ARGUMENT",
  invalid_json: "INVALID_ARGUMENT",
  invalid_utf8: "INVALID_ARGUMENT",
  json_too_deep: "INVALID_ARGUMENT",
  unsupported_value: "INVALID_ARGUMENT",
  previous_response_not_found: "INVALID_ARGUMENT",
  context_length_exceeded: "INVALID_ARGUMENT",
  unsupported_media_type: "INVALID_ARGUMENT",
  request_too_large: "INVALID_ARGUMENT",
  body_timeout: "DEADLINE_EXCEEDED",
  unauthenticated: "UNAUTHENTICATED",
  permission_denied: "PERMISSION_DENIED",
  foreign_origin: "PERMISSION_DENIED",
  not_found: "NOT_FOUND",
  model_not_found: "NOT_FOUND",
  method_not_allowed: "UNIMPLEMENTED",
  conflict: "ABORTED",
  idempotency_in_progress: "ABORTED",
  idempotency_interrupted: "ABORTED",
  idempotency_not_kept: "ABORTED",
  idempotency_mismatch: "INVALID_ARGUMENT",
  client_closed: "CANCELLED",
  usage: "INVALID_ARGUMENT",
  rate_limited: "RESOURCE_EXHAUSTED",
  quota_exhausted: "RESOURCE_EXHAUSTED",
  budget_exhausted: "RESOURCE_EXHAUSTED",
  model_unpriced: "PERMISSION_DENIED",
  overloaded: "UNAVAILABLE",
  predicted_wait: "UNAVAILABLE",
  queue_full: "UNAVAILABLE",
  evicted: "UNAVAILABLE",
  queue_timeout: "UNAVAILABLE",
  no_capacity: "UNAVAILABLE",
  draining: "UNAVAILABLE",
  deadline_exceeded: "DEADLINE_EXCEEDED",
  storage_failed: "UNAVAILABLE",
  storage_corrupt: "UNAVAILABLE",
  config_invalid: "INTERNAL",
  unavailable: "UNAVAILABLE",
  internal: "INTERNAL",
  upstream_unavailable: "UNAVAILABLE",
  upstream_tls: "UNAVAILABLE",
  upstream_timeout: "DEADLINE_EXCEEDED",
  upstream_bad_response: "INTERNAL",
  upstream_truncated: "INTERNAL",
  upstream_too_large: "INTERNAL",
  upstream_redirect: "INTERNAL",
  upstream_auth: "INTERNAL",
  upstream_error: "INTERNAL",
  upstream_overloaded: "UNAVAILABLE",
  upstream_rate_limited: "RESOURCE_EXHAUSTED",
  upstream_rejected: "INVALID_ARGUMENT",
};

import type { ErrorCode, GatewayError } from "#core/errors.ts";
import { anthropicErrorObject } from "#core/wire/anthropic-error/read-error.ts";
import type { RenderedError } from "#core/wire/codec.ts";
import { errorHeaders, forwardedAnswer, shownMessage, type TooLongWords } from "#core/wire/rendered-error.ts";

type Fields = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();

/** Our error as Anthropic would have answered it; Anthropic's own refusal of the request itself is forwarded unmodified. */
export function renderAnthropicError(error: GatewayError, requestId: string): RenderedError {
  const forwarded = forwardedAnswer(error, "anthropic", anthropicErrorObject);
  const status = forwarded?.status ?? statusOf(error);
  // Claude Code tries for minutes to get past a key that is refused.
  const headers = errorHeaders(error, status, status === 401 || status === 402 || status === 403);
  const body = forwarded?.body ?? encoder.encode(JSON.stringify(envelope(anthropicError(error, requestId), requestId)));
  return { status, headers, body };
}

/** The error as the last event of a stream, with no `message_stop` behind it. */
export function renderAnthropicStreamError(error: GatewayError, requestId: string): Uint8Array {
  const forwarded = forwardedAnswer(error, "anthropic", anthropicErrorObject);
  const shown = envelope(forwarded?.error ?? anthropicError(error, requestId), requestId);
  return encoder.encode(`event: error\ndata: ${JSON.stringify(shown)}\n\n`);
}

function envelope(error: Fields, requestId: string): Fields {
  return { type: "error", error, request_id: requestId };
}

function anthropicError(error: GatewayError, requestId: string): Fields {
  const type = refusals[error.status] ?? types[error.code];
  const details = error.details["field"] === "thread" ? { details: withoutThread } : {};
  return { type, message: shownMessage(error, requestId, tooLong), ...details };
}

/** What Anthropic calls refusals of a request by their status alone, whoever refused it. */
const refusals: Readonly<Record<number, string>> = { 404: "not_found_error", 413: "request_too_large" };

/** On this the official SDK's tool runner goes on without a thread and sends whole conversations. */
const withoutThread: Fields = { error_code: "thread_unsupported_request", unsupported: ["thread"] };

/** 529 is Anthropic's own status for overload. */
function statusOf({ code, status }: GatewayError): number {
  return types[code] === "overloaded_error" ? 529 : status;
}

/** Clients compact their conversation on these words. */
const tooLong: TooLongWords = (length) =>
  length === undefined ? "prompt is too long" : `prompt is too long: ${length.tokens} tokens > ${length.most} maximum`;

const types: Readonly<Record<ErrorCode, string>> = {
  invalid_request: "invalid_request_error",
  invalid_json: "invalid_request_error",
  invalid_utf8: "invalid_request_error",
  json_too_deep: "invalid_request_error",
  unsupported_value: "invalid_request_error",
  previous_response_not_found: "invalid_request_error",
  context_length_exceeded: "invalid_request_error",
  unsupported_media_type: "invalid_request_error",
  request_too_large: "request_too_large",
  body_timeout: "timeout_error",
  unauthenticated: "authentication_error",
  permission_denied: "permission_error",
  foreign_origin: "permission_error",
  not_found: "not_found_error",
  model_not_found: "not_found_error",
  method_not_allowed: "invalid_request_error",
  conflict: "invalid_request_error",
  idempotency_in_progress: "invalid_request_error",
  idempotency_interrupted: "invalid_request_error",
  idempotency_not_kept: "invalid_request_error",
  idempotency_mismatch: "invalid_request_error",
  client_closed: "invalid_request_error",
  usage: "invalid_request_error",
  rate_limited: "rate_limit_error",
  quota_exhausted: "rate_limit_error",
  budget_exhausted: "billing_error",
  model_unpriced: "permission_error",
  overloaded: "overloaded_error",
  predicted_wait: "overloaded_error",
  queue_full: "overloaded_error",
  evicted: "overloaded_error",
  queue_timeout: "overloaded_error",
  no_capacity: "overloaded_error",
  draining: "overloaded_error",
  deadline_exceeded: "timeout_error",
  storage_failed: "api_error",
  storage_corrupt: "api_error",
  config_invalid: "api_error",
  unavailable: "overloaded_error",
  internal: "api_error",
  upstream_unavailable: "api_error",
  upstream_tls: "api_error",
  upstream_timeout: "timeout_error",
  upstream_bad_response: "api_error",
  upstream_truncated: "api_error",
  upstream_too_large: "api_error",
  upstream_redirect: "api_error",
  upstream_auth: "api_error",
  upstream_error: "api_error",
  upstream_overloaded: "overloaded_error",
  upstream_rate_limited: "rate_limit_error",
  upstream_rejected: "invalid_request_error",
};

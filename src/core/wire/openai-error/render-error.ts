import type { ErrorCode, GatewayError } from "#core/errors.ts";
import type { RenderedError } from "#core/wire/codec.ts";
import { openAiErrorObject } from "#core/wire/openai-error/read-error.ts";
import { errorHeaders, forwardedAnswer, shownMessage, type TooLongWords } from "#core/wire/rendered-error.ts";

/** OpenAI's error object, as its SDKs read it. */
interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

const encoder = new TextEncoder();
/**
 * Our error as OpenAI would have answered it. A provider's refusal of the request itself is forwarded unmodified if it is in
 * OpenAI's dialect, else told in the provider's sentence.
 */
export function renderOpenAiError(error: GatewayError, requestId: string): RenderedError {
  const forwarded = forwardedAnswer(error, "openai", openAiErrorObject);
  const status = forwarded?.status ?? error.status;
  const body = forwarded?.body ?? encoder.encode(JSON.stringify({ error: openAiError(error, requestId) }));
  return { status, headers: errorHeaders(error, status, status === 402), body };
}

/** The error as the last event of a stream: `data: {"error": ...}`, and no `[DONE]` behind it. */
export function renderOpenAiStreamError(error: GatewayError, requestId: string): Uint8Array {
  const forwarded = forwardedAnswer(error, "openai", openAiErrorObject);
  const shown = forwarded?.error ?? openAiError(error, requestId);
  return encoder.encode(`data: ${JSON.stringify({ error: shown })}\n\n`);
}

/** The error object for one of our errors. */
function openAiError(error: GatewayError, requestId: string): OpenAiError {
  const { type, code } = words[error.code];
  const field = error.details["field"];
  const param = error.code === "model_not_found" ? "model" : typeof field === "string" ? field : null;
  return { message: shownMessage(error, requestId, tooLong), type, param, code };
}

const tooLong: TooLongWords = (length) => {
  const sentence = "Your input exceeds the context window of this model.";
  if (length === undefined) return `${sentence} Please adjust your input and try again.`;
  return `${sentence} This model's maximum context length is ${length.most} tokens. However, your input has ${length.tokens} tokens.`;
};

interface Words {
  readonly type: string;
  readonly code: string | null;
}

const words: Readonly<Record<ErrorCode, Words>> = {
  invalid_request: { type: "invalid_request_error", code: null },
  invalid_json: { type: "invalid_request_error", code: "invalid_json" },
  invalid_utf8: { type: "invalid_request_error", code: "invalid_utf8" },
  json_too_deep: { type: "invalid_request_error", code: "json_too_deep" },
  unsupported_value: { type: "invalid_request_error", code: "unsupported_value" },
  previous_response_not_found: { type: "invalid_request_error", code: "previous_response_not_found" },
  context_length_exceeded: { type: "invalid_request_error", code: "context_length_exceeded" },
  unsupported_media_type: { type: "invalid_request_error", code: "unsupported_media_type" },
  request_too_large: { type: "invalid_request_error", code: "request_too_large" },
  body_timeout: { type: "invalid_request_error", code: "body_timeout" },
  unauthenticated: { type: "invalid_request_error", code: "invalid_api_key" },
  permission_denied: { type: "invalid_request_error", code: "permission_denied" },
  foreign_origin: { type: "invalid_request_error", code: "foreign_origin" },
  not_found: { type: "invalid_request_error", code: "not_found" },
  model_not_found: { type: "invalid_request_error", code: "model_not_found" },
  method_not_allowed: { type: "invalid_request_error", code: "method_not_allowed" },
  conflict: { type: "invalid_request_error", code: "conflict" },
  idempotency_in_progress: { type: "invalid_request_error", code: "idempotency_in_progress" },
  idempotency_interrupted: { type: "invalid_request_error", code: "idempotency_interrupted" },
  idempotency_not_kept: { type: "invalid_request_error", code: "idempotency_not_kept" },
  idempotency_mismatch: { type: "invalid_request_error", code: "idempotency_mismatch" },
  client_closed: { type: "invalid_request_error", code: "client_closed" },
  usage: { type: "invalid_request_error", code: "usage" },
  rate_limited: { type: "rate_limit_error", code: "rate_limit_exceeded" },
  quota_exhausted: { type: "insufficient_quota", code: "insufficient_quota" },
  budget_exhausted: { type: "insufficient_quota", code: "insufficient_quota" },
  model_unpriced: { type: "invalid_request_error", code: "model_unpriced" },
  overloaded: { type: "server_error", code: "overloaded" },
  predicted_wait: { type: "server_error", code: "overloaded" },
  queue_full: { type: "server_error", code: "overloaded" },
  evicted: { type: "server_error", code: "overloaded" },
  queue_timeout: { type: "server_error", code: "queue_timeout" },
  no_capacity: { type: "server_error", code: "upstream_unavailable" },
  draining: { type: "server_error", code: "draining" },
  deadline_exceeded: { type: "timeout", code: "deadline_exceeded" },
  storage_failed: { type: "server_error", code: "storage_failed" },
  storage_corrupt: { type: "server_error", code: "storage_corrupt" },
  config_invalid: { type: "server_error", code: "config_invalid" },
  unavailable: { type: "server_error", code: "unavailable" },
  internal: { type: "server_error", code: "internal" },
  upstream_unavailable: { type: "upstream_error", code: "upstream_unavailable" },
  upstream_tls: { type: "upstream_error", code: "upstream_tls" },
  upstream_timeout: { type: "timeout", code: "upstream_timeout" },
  upstream_bad_response: { type: "upstream_error", code: "upstream_bad_response" },
  upstream_truncated: { type: "upstream_error", code: "upstream_truncated" },
  upstream_too_large: { type: "upstream_error", code: "upstream_too_large" },
  upstream_redirect: { type: "upstream_error", code: "upstream_redirect" },
  upstream_auth: { type: "upstream_error", code: "upstream_auth" },
  upstream_error: { type: "upstream_error", code: "upstream_error" },
  upstream_overloaded: { type: "server_error", code: "upstream_overloaded" },
  upstream_rate_limited: { type: "rate_limit_error", code: "rate_limit_exceeded" },
  upstream_rejected: { type: "invalid_request_error", code: "upstream_rejected" },
};

import { type ErrorCode, GatewayError } from "#core/errors.ts";
import type { RetryHeaders } from "#core/wire/codec.ts";
import { parseObject, recordOf } from "#core/wire/json-value.ts";
import { readRetryAfterMs } from "#core/wire/retry-after.ts";

/**
 * A provider's non-2xx answer in OpenAI's dialect as an error. What refuses the request itself (400, 404, 409, 413, 422)
 * or the caller's pace (429) carries the answer word for word; what refuses our credentials carries nothing of it.
 */
export function readOpenAiError(status: number, body: Uint8Array, headers: RetryHeaders): GatewayError {
  const code = codeOf(status);
  const retryAfterMs = readRetryAfterMs(headers);
  const answer = { status, contentType: headers.contentType ?? "", body };
  return new GatewayError(code, `${sentences[code]} (status ${status})`, {
    details: { upstream_status: status },
    ...(retryAfterMs === undefined || code === "upstream_auth" ? {} : { retryAfterMs }),
    ...(code === "upstream_rejected" || code === "upstream_rate_limited" ? { upstream: answer } : {}),
  });
}

const encoder = new TextEncoder();

/**
 * The error that an answer with status 200 holds instead of content: `{error: {...}}`, `{error: "text"}` or vLLM's
 * `{object: "error", ...}`. Undefined when it holds none. The status is taken from what the error says about itself.
 */
export function errorInAnswer(answer: Readonly<Record<string, unknown>>): GatewayError | undefined {
  const error = answer["object"] === "error" ? answer : answer["error"];
  if (typeof error === "string" && error !== "") return readOpenAiError(500, encoder.encode(error), {});
  const fields = recordOf(error);
  if (fields === undefined) return undefined;
  const body = encoder.encode(JSON.stringify({ error: fields }));
  return readOpenAiError(statusOf(fields), body, { contentType: "application/json" });
}

/** The `error` object inside an answer's body, if it is one of OpenAI's shape. */
export function openAiErrorIn(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  return recordOf(parseObject(body)?.["error"]);
}

const sentences = {
  upstream_auth: "The provider refused the gateway's credentials.",
  upstream_rate_limited: "The provider limits the rate of requests.",
  upstream_rejected: "The provider refused the request.",
  upstream_timeout: "The provider gave up waiting.",
  upstream_overloaded: "The provider is overloaded.",
  upstream_redirect: "The provider answered with a redirect, which is never followed.",
  upstream_error: "The provider failed.",
  upstream_bad_response: "The provider gave an answer that cannot be understood.",
} as const satisfies Partial<Record<ErrorCode, string>>;

type ReadCode = keyof typeof sentences;

function codeOf(status: number): ReadCode {
  if (status === 401 || status === 402 || status === 403) return "upstream_auth";
  if (status === 429) return "upstream_rate_limited";
  if (status === 408 || status === 504) return "upstream_timeout";
  if (status === 503 || status === 529) return "upstream_overloaded";
  if (status >= 300 && status < 400) return "upstream_redirect";
  if (status >= 400 && status < 500) return "upstream_rejected";
  if (status >= 500 && status < 600) return "upstream_error";
  return "upstream_bad_response";
}

/** What status an error would have had, by its number or by OpenAI's and its imitators' words. */
function statusOf(error: Readonly<Record<string, unknown>>): number {
  for (const name of ["code", "status", "status_code"]) {
    const number = Number(error[name] ?? Number.NaN);
    if (Number.isInteger(number) && number >= 400 && number < 600) return number;
  }
  const words = `${String(error["code"] ?? "")} ${String(error["type"] ?? "")}`.toLowerCase();
  if (/rate_?limit|insufficient_quota|too_many|resource_exhausted/.test(words)) return 429;
  if (/api_key|authentication|permission|billing/.test(words)) return 401;
  if (/overloaded|unavailable/.test(words)) return 503;
  if (/timeout/.test(words)) return 504;
  if (/not_found/.test(words)) return 404;
  if (/invalid_request|bad_?request|context_length|content_filter|content_policy|unsupported/.test(words)) return 400;
  return 500;
}

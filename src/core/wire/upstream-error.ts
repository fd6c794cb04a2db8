import { type ErrorCode, type ErrorFamily, GatewayError } from "#core/errors.ts";
import { cleanMessage } from "#core/wire/clean-message.ts";
import type { RefusalHeaders } from "#core/wire/codec.ts";
import { type PromptLength, promptLengthIn } from "#core/wire/prompt-length.ts";
import { maxRetryAfterMs, readRetryAfterMs } from "#core/wire/retry-after.ts";

/** Looked at of a message; bounds what patterns may cost. */
const mostRead = 8000;

/** What a provider's error object says, as its family's codec read it. */
export interface UpstreamWords {
  readonly message?: string;
  readonly type?: string;
  readonly code?: string;
  /** A wait that stands in the body (Gemini's `RetryInfo`), milliseconds; one in the headers comes first. */
  readonly retryAfterMs?: number;
  /** The body says that our key is bad, whatever the status (Gemini's `API_KEY_INVALID`). */
  readonly credentials?: boolean;
}

/**
 * A provider's non-2xx answer as an error, whatever its family. It carries the answer, for the sentence in it, and where the
 * request itself or the caller's pace is refused for a caller of the same family word for word; what refuses our credentials,
 * and what is no answer of the protocol, carries nothing of it. A prompt that is too long is `context_length_exceeded` with `tokens` and `max_tokens` in its details where the wording tells them.
 */
export function upstreamRefusal(
  family: ErrorFamily,
  status: number,
  body: Uint8Array,
  headers: RefusalHeaders,
  said: UpstreamWords,
): GatewayError {
  const length = refusesRequest(status)
    ? promptLengthIn(`${said.code ?? ""} ${said.message ?? ""}`.slice(0, mostRead))
    : undefined;
  const code = length === undefined ? codeOf(status, said) : "context_length_exceeded";
  const retryAfterMs = readRetryAfterMs(headers) ?? waitOf(said.retryAfterMs);
  const message = said.message === undefined ? undefined : cleanMessage(said.message);
  const answer = { status, contentType: headers.contentType ?? "", body, family };
  return new GatewayError(code, sentenceOf(code, status), {
    details: { upstream_status: status, ...detailsOf(length) },
    ...(retryAfterMs === undefined || code === "upstream_auth" ? {} : { retryAfterMs }),
    ...(headers.requestId === undefined ? {} : { upstreamRequestId: headers.requestId }),
    ...(carried.has(code) ? { upstream: { ...answer, ...(message === undefined ? {} : { message }) } } : {}),
  });
}

/**
 * The status that an error would have had, for one inside a stream that began with 200: by the words that the families and
 * their imitators use as `type`, `code` or `status`; 500 when they say nothing.
 */
export function statusOfWords(words: string): number {
  return statuses.find(([pattern]) => pattern.test(words))?.[1] ?? 500;
}

const statuses: readonly (readonly [RegExp, number])[] = [
  [/rate_?limit|too_many|resource_exhausted|quota_exceeded/i, 429],
  [/api_key|authentication|unauthenticated|permission|billing|credit_balance|insufficient_quota/i, 401],
  [/overloaded|unavailable|slow_down/i, 503],
  [/timeout|deadline_exceeded/i, 504],
  [/not_found/i, 404],
  [/request_too_large/i, 413],
  [
    /invalid_(?:request|argument|prompt|image|value|type)|bad_?request|context_length|content_filter|content_policy|unsupported|failed_precondition|string_above|exceed_context/i,
    400,
  ],
];

const sentences = {
  upstream_auth: "The provider refused the gateway's credentials.",
  upstream_rate_limited: "The provider limits the rate of requests.",
  upstream_rejected: "The provider refused the request.",
  upstream_timeout: "The provider gave up waiting.",
  upstream_overloaded: "The provider is overloaded.",
  upstream_redirect: "The provider answered with a redirect, which is never followed.",
  upstream_error: "The provider failed.",
  upstream_bad_response: "The provider gave an answer that cannot be understood.",
  context_length_exceeded: "The input is longer than the model's context window.",
} as const satisfies Partial<Record<ErrorCode, string>>;

type RefusalCode = keyof typeof sentences;

const carried: ReadonlySet<ErrorCode> = new Set([
  "upstream_rejected",
  "upstream_rate_limited",
  "upstream_timeout",
  "upstream_overloaded",
  "upstream_error",
  "context_length_exceeded",
]);

function sentenceOf(code: RefusalCode, status: number): string {
  return `${sentences[code].slice(0, -1)} (status ${status}).`;
}

function codeOf(status: number, said: UpstreamWords): RefusalCode {
  if (said.credentials === true || status === 401 || status === 402 || status === 403) return "upstream_auth";
  const words = `${said.type ?? ""} ${said.code ?? ""}`;
  // An empty account is no more the caller's doing than a bad key, whatever status says so.
  if (/insufficient_quota/i.test(words)) return "upstream_auth";
  if (status === 400 && /credit balance is too low/i.test(said.message ?? "")) return "upstream_auth";
  if (status === 429 || (status === 400 && statusOfWords(words) === 429)) return "upstream_rate_limited";
  if (status === 408 || status === 504) return "upstream_timeout";
  if (status === 503 || status === 529) return "upstream_overloaded";
  if (status >= 300 && status < 400) return "upstream_redirect";
  if (status >= 400 && status < 500) return "upstream_rejected";
  if (status >= 500 && status < 600) return "upstream_error";
  return "upstream_bad_response";
}

function refusesRequest(status: number): boolean {
  return status === 400 || status === 413 || status === 422;
}

function waitOf(retryAfterMs: number | undefined): number | undefined {
  if (retryAfterMs === undefined || !Number.isFinite(retryAfterMs)) return undefined;
  return Math.min(maxRetryAfterMs, Math.max(0, Math.ceil(retryAfterMs)));
}

function detailsOf(length: PromptLength | undefined): Readonly<Record<string, number>> {
  if (length?.tokens === undefined || length.maxTokens === undefined) return {};
  return { tokens: length.tokens, max_tokens: length.maxTokens };
}

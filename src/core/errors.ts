/**
 * The one error type and its table. Everything thrown that is not a `GatewayError` is `internal`: the caller sees a
 * short id, the log has the cause.
 */

interface ErrorRow {
  /** HTTP status shown on a model endpoint; codecs may translate it (529 towards Anthropic callers). */
  readonly status: number;
  /** Whether another attempt, at another deployment or later, may succeed. */
  readonly retryable: boolean;
  /** Process exit code when the error ends a command. */
  readonly exit: number;
  /** Low-cardinality label for metrics and for `type` in RFC 9457 documents. */
  readonly label: string;
}

const row = (status: number, retryable: boolean, exit: number, label: string): ErrorRow => ({
  status,
  retryable,
  exit,
  label,
});

/** Whose envelope errors are written in. */
export type ErrorFamily = "openai" | "anthropic" | "gemini";

/** Every code with its status, retryability, exit code and label. */
export const errorTable = {
  // The caller's request
  invalid_request: row(400, false, 2, "invalid_request"),
  invalid_json: row(400, false, 2, "invalid_request"),
  invalid_utf8: row(400, false, 2, "invalid_request"),
  json_too_deep: row(400, false, 2, "invalid_request"),
  unsupported_value: row(400, false, 2, "invalid_request"),
  /** A request goes on from a response that is not kept here. */
  previous_response_not_found: row(400, false, 2, "invalid_request"),
  context_length_exceeded: row(400, false, 2, "invalid_request"),
  unsupported_media_type: row(415, false, 2, "invalid_request"),
  request_too_large: row(413, false, 2, "invalid_request"),
  body_timeout: row(408, true, 1, "timeout"),
  unauthenticated: row(401, false, 1, "unauthenticated"),
  permission_denied: row(403, false, 1, "permission_denied"),
  foreign_origin: row(403, false, 1, "permission_denied"),
  not_found: row(404, false, 1, "not_found"),
  model_not_found: row(404, false, 1, "not_found"),
  method_not_allowed: row(405, false, 1, "not_found"),
  conflict: row(409, false, 1, "conflict"),
  /** A call with the same idempotency key runs still. */
  idempotency_in_progress: row(409, true, 1, "conflict"),
  /** Nobody knows how the first call with this idempotency key ended. */
  idempotency_interrupted: row(409, false, 1, "conflict"),
  /** The first call was answered, but its answer is too large to be kept. */
  idempotency_not_kept: row(409, false, 1, "conflict"),
  /** The idempotency key was used for another request before. */
  idempotency_mismatch: row(422, false, 2, "invalid_request"),
  client_closed: row(499, false, 1, "client_closed"),
  // Our own state
  rate_limited: row(429, true, 1, "rate_limited"),
  /** A quota of tokens is used up until its window ends. */
  quota_exhausted: row(429, false, 1, "quota_exhausted"),
  /** The most that the call can cost is more than a budget has left. Not 429: waiting a little does not help, and SDKs would. */
  budget_exhausted: row(402, false, 1, "budget_exhausted"),
  /** The model has no price, and one is needed to let the call through. */
  model_unpriced: row(403, false, 1, "model_unpriced"),
  overloaded: row(503, true, 69, "overloaded"),
  /** It would have had to wait longer than its level may. */
  predicted_wait: row(503, true, 69, "predicted_wait"),
  queue_full: row(503, true, 69, "queue_full"),
  /** Somebody more urgent took its place in a full queue. */
  evicted: row(503, true, 69, "evicted"),
  queue_timeout: row(503, true, 69, "queue_timeout"),
  /** Whoever could answer has no capacity at all, or is out of order. */
  no_capacity: row(503, true, 69, "no_capacity"),
  draining: row(503, true, 69, "draining"),
  deadline_exceeded: row(504, false, 1, "timeout"),
  storage_failed: row(503, true, 75, "storage"),
  storage_corrupt: row(503, false, 78, "storage"),
  config_invalid: row(500, false, 78, "config"),
  usage: row(400, false, 2, "usage"),
  unavailable: row(503, true, 69, "unavailable"),
  internal: row(500, false, 1, "internal"),
  // The provider behind us
  upstream_unavailable: row(502, true, 69, "upstream_unavailable"),
  upstream_tls: row(502, true, 69, "upstream_tls"),
  upstream_timeout: row(504, true, 69, "upstream_timeout"),
  upstream_bad_response: row(502, true, 69, "upstream_bad_response"),
  upstream_truncated: row(502, true, 69, "upstream_truncated"),
  upstream_too_large: row(502, false, 69, "upstream_bad_response"),
  upstream_redirect: row(502, false, 69, "upstream_bad_response"),
  upstream_auth: row(502, true, 69, "upstream_auth"),
  upstream_error: row(502, true, 69, "upstream_error"),
  upstream_overloaded: row(503, true, 69, "upstream_overloaded"),
  upstream_rate_limited: row(429, true, 69, "upstream_rate_limited"),
  /** The provider refused the request itself (400, 404, 413, 422): its words go to a caller of the same protocol. */
  upstream_rejected: row(400, false, 1, "upstream_rejected"),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/** What the provider itself answered: word for word for a caller of the same family, in its sentence for any other. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly family: ErrorFamily;
  /** The provider's own sentence, cleaned of keys, accounts and hosts; undefined when it gave none. */
  readonly message?: string;
}

/** What an error may carry beside its code and message. */
export interface ErrorOptions {
  readonly cause?: unknown;
  /** Machine-readable facts, safe to show to the caller: field names, limits, positions. Never secrets, never prompts. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  /** Earliest useful retry, milliseconds from now. */
  readonly retryAfterMs?: number;
  /** Present when the error is a provider's reply. */
  readonly upstream?: UpstreamAnswer;
  /** The provider's own id of the call that it refused, for the log and the books. */
  readonly upstreamRequestId?: string;
}

/** Any expected failure. `message` is safe to show to the caller. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly retryAfterMs: number | undefined;
  readonly upstream: UpstreamAnswer | undefined;
  readonly upstreamRequestId: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "GatewayError";
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
    this.upstream = options.upstream;
    this.upstreamRequestId = options.upstreamRequestId;
  }

  /** What the caller sees: the provider's own status where it refused the request itself, else the table's. */
  get status(): number {
    if (this.code === "upstream_rejected" && this.upstream !== undefined) return this.upstream.status;
    return errorTable[this.code].status;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }

  get exitCode(): number {
    return errorTable[this.code].exit;
  }

  get label(): string {
    return errorTable[this.code].label;
  }
}

/** What the log may say of an error's cause: its message, of an internal error with its stack; undefined without one. */
export function causeText({ code, cause }: GatewayError): string | undefined {
  if (cause === undefined) return undefined;
  if (!(cause instanceof Error)) return String(cause);
  return code === "internal" ? (cause.stack ?? cause.message) : cause.message;
}

/** Turns anything thrown into a `GatewayError`; what is not one becomes `internal` with the original as its cause. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError("internal", "Internal error.", { cause: thrown });
}

/** A refusal of several lines has a line for each problem below its head; any other is one problem itself. */
export function problemsOf({ message }: GatewayError): readonly string[] {
  const [head = "", ...lines] = message.split("\n").map((line) => line.trim());
  return lines.length === 0 ? [head] : lines;
}

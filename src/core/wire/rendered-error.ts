import { type ErrorFamily, errorTable, type GatewayError } from "#core/errors.ts";

const forwardedStatuses: ReadonlySet<number> = new Set([400, 404, 409, 413, 422, 429]);
/** Statuses below 500 on which the official SDKs try again unless `x-should-retry` says otherwise. */
const retriedStatuses: ReadonlySet<number> = new Set([408, 409, 429]);

type Fields = Readonly<Record<string, unknown>>;

/**
 * The provider's own refusal of the request itself, to be forwarded word for word to a caller of its family; undefined when it is
 * of another family, of another status, or when `errorIn` finds no error of the family's shape in it.
 */
export function forwardedAnswer(
  { upstream }: GatewayError,
  family: ErrorFamily,
  errorIn: (body: Uint8Array) => Fields | undefined,
): { readonly status: number; readonly body: Uint8Array; readonly error: Fields } | undefined {
  if (upstream?.family !== family || !forwardedStatuses.has(upstream.status)) return undefined;
  if (!/^application\/(problem\+)?json\b/i.test(upstream.contentType)) return undefined;
  const { status, body } = upstream;
  const error = errorIn(body);
  return error === undefined ? undefined : { status, body, error };
}

/**
 * The headers of an error that is sent with `status`: its type, when to come back, and whether that is of no use. `retried` when
 * the family's clients would try again although their SDKs do not.
 */
export function errorHeaders(error: GatewayError, status: number, retried: boolean): Readonly<Record<string, string>> {
  const waitSeconds = error.retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(error.retryAfterMs / 1000));
  const useless = !errorTable[error.code].retryable || error.code === "upstream_auth";
  const wouldRetry = retried || retriedStatuses.has(status) || status >= 500;
  return {
    "content-type": "application/json",
    ...(waitSeconds === undefined ? {} : { "retry-after": String(waitSeconds) }),
    ...(wouldRetry && useless ? { "x-should-retry": "false" } : {}),
  };
}

/** How a family says that a prompt is too long, by which its clients recognise it; with the numbers of tokens where they are known. */
export type TooLongWords = (length?: { readonly tokens: unknown; readonly most: unknown }) => string;

/**
 * What the caller is told: the provider's sentence, else our own. What is wrong inside the gateway is the log's, whose words may
 * name files of the machine.
 */
export function shownMessage(error: GatewayError, requestId: string, tooLong: TooLongWords): string {
  if (error.code === "context_length_exceeded") {
    const { tokens, max_tokens: most } = error.details;
    return tokens === undefined || most === undefined ? tooLong() : tooLong({ tokens, most });
  }
  switch (error.label) {
    case "internal":
      return `Internal error in request ${requestId}.`;
    case "storage":
    case "config":
      return `The gateway cannot serve request ${requestId}; its operator finds the reason in its log.`;
    default:
      return error.upstream?.message ?? error.message;
  }
}

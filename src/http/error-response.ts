import type { GatewayError } from "#core/errors.ts";
import type { Codec, Protocol, RenderedError } from "#core/wire/codec.ts";

/** The envelope that errors of a route are written in: that of a model protocol, or RFC 9457 for our own endpoints. */
export type ErrorEnvelope = Protocol | "problem";

const encoder = new TextEncoder();

/** The envelope of a path that no route has. */
export function envelopeOf(path: string): ErrorEnvelope {
  return path === "/v1" || path.startsWith("/v1/") ? "openai-chat" : "problem";
}

/** An error as the answer to a request, in the envelope of its path. */
export function errorResponse(
  error: GatewayError,
  requestId: string,
  envelope: ErrorEnvelope,
  codecs: Readonly<Record<Protocol, Codec>>,
): Response {
  const rendered = envelope === "problem" ? problem(error, requestId) : codecs[envelope].renderError(error, requestId);
  return responseOf(rendered, error, requestId);
}

/** An error as RFC 9457 writes it. */
export function problemResponse(error: GatewayError, requestId: string): Response {
  return responseOf(problem(error, requestId), error, requestId);
}

function responseOf({ status, headers, body }: RenderedError, error: GatewayError, requestId: string): Response {
  const all: Record<string, string> = { ...headers, "x-request-id": requestId };
  if (closesConnection(error)) all["connection"] = "close";
  if (typeof error.details["allow"] === "string") all["allow"] = error.details["allow"];
  return new Response(body, { status, headers: all });
}

/** Problem details (RFC 9457); `code`, `request_id`, `retry_after_ms` and `details` are our extension members. */
function problem(error: GatewayError, requestId: string): RenderedError {
  const { status, label, code, message, details, retryAfterMs } = error;
  const document = {
    type: `urn:tokligence:error:${label}`,
    title: label.replaceAll("_", " "),
    status,
    // Only the log knows more about what was not expected.
    detail: code === "internal" ? `Internal error in request ${requestId}.` : message,
    code,
    request_id: requestId,
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
  const headers: Record<string, string> = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (retryAfterMs !== undefined) headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  return { status, headers, body: encoder.encode(JSON.stringify(document)) };
}

/** A connection whose request was not read to its end, or that a leaving process should not keep, is closed. */
function closesConnection(error: GatewayError): boolean {
  return error.code === "request_too_large" || error.code === "body_timeout" || error.code === "draining";
}

import type { ErrorFamily, GatewayError } from "#core/errors.ts";
import type { Protocol, RenderedError } from "#core/wire/codec.ts";
import { callerFamily } from "#http/caller-family.ts";
import type { HttpParts } from "#http/http-parts.ts";
import { refusalHeaders } from "#http/limit-headers.ts";
import { requestIdHeaders } from "#http/reply-headers.ts";
import type { RequestTarget } from "#http/request-target.ts";

/** The envelope that errors of a route are written in: that of a model protocol, or RFC 9457 for our own endpoints. */
export type ErrorEnvelope = Protocol | "problem";

const encoder = new TextEncoder();

/** The envelope of each family. */
export const familyEnvelopes: Readonly<Record<ErrorFamily, ErrorEnvelope>> = {
  openai: "openai-chat",
  anthropic: "anthropic-messages",
  gemini: "gemini-generate",
};

const openAiFolders = ["/v1/chat", "/v1/responses", "/v1/completions", "/v1/embeddings"];

/** The envelope where no route tells it: that of whoever speaks below the path, or where several do, of the caller. */
export function envelopeOf({ path, query }: RequestTarget, headers: Headers): ErrorEnvelope {
  if (isBelow(path, "/v1beta") || isBelow(path, "/v1alpha") || /^\/v1\/models\/.*:\w+$/.test(path)) {
    return "gemini-generate";
  }
  if (isBelow(path, "/anthropic") || isBelow(path, "/v1/messages")) return "anthropic-messages";
  if (!isBelow(path, "/v1")) return "problem";
  const isOpenAi = openAiFolders.some((folder) => isBelow(path, folder));
  return familyEnvelopes[isOpenAi ? "openai" : callerFamily(headers, query)];
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === "/");
}

/** An error as the answer to a request, in the envelope of its path. */
export function errorResponse(
  error: GatewayError,
  requestId: string,
  envelope: ErrorEnvelope,
  { codecs, clock }: Pick<HttpParts, "codecs" | "clock">,
): Response {
  if (envelope === "problem") return problemResponse(error, requestId);
  const codec = codecs[envelope];
  const { family } = codec;
  const limits = refusalHeaders(error, family, clock.now());
  return responseOf(codec.renderError(error, requestId), error, { ...requestIdHeaders(requestId, family), ...limits });
}

/** An error as RFC 9457 writes it. */
export function problemResponse(error: GatewayError, requestId: string): Response {
  return responseOf(problem(error, requestId), error, requestIdHeaders(requestId));
}

function responseOf(
  { status, headers, body }: RenderedError,
  error: GatewayError,
  ids: Readonly<Record<string, string>>,
): Response {
  const all: Record<string, string> = { ...headers, ...ids };
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

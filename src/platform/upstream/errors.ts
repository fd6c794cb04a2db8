import { type ErrorCode, GatewayError } from "#core/errors.ts";

/** What the client was doing when an exchange failed. */
export type Phase = "connect" | "request" | "response head" | "response body";

/** A response that breaks HTTP/1.1; the connection turns it into `upstream_bad_response` with the origin's name. */
export class MalformedResponse extends Error {
  override readonly name = "MalformedResponse";
}

/** An upstream failure: the message names `host:port` and the phase, never a header or a body byte. */
export function upstreamFailure(
  code: ErrorCode,
  authority: string,
  phase: Phase,
  reason: string,
  cause?: unknown,
): GatewayError {
  return new GatewayError(code, `Upstream ${authority}, ${phase}: ${reason}`, { cause, details: { authority, phase } });
}

/** No connection: name unknown (`ENOTFOUND`), refused, unreachable. */
export function connectFailure(authority: string, cause: Error): GatewayError {
  return upstreamFailure("upstream_unavailable", authority, "connect", `connection failed (${codeOf(cause)}).`, cause);
}

/** The TLS handshake failed; a peer that merely hung up during it is `upstream_unavailable`. */
export function handshakeFailure(authority: string, cause: Error | null): GatewayError {
  if (cause === null) return upstreamFailure("upstream_tls", authority, "connect", "TLS handshake refused.");
  const code = codeOf(cause);
  if (code !== "ECONNRESET") {
    return upstreamFailure("upstream_tls", authority, "connect", `TLS handshake refused (${code}).`, cause);
  }
  return upstreamFailure("upstream_unavailable", authority, "connect", "closed during the TLS handshake.", cause);
}

/** The peer closed or reset before the message was whole. `sent`: it may have acted on the request, so only its own word allows another try. */
export function closedFailure(
  authority: string,
  phase: Phase,
  { answering, sent }: { readonly answering: boolean; readonly sent: boolean },
  cause?: Error,
): GatewayError {
  const how = cause === undefined ? "closed" : `broken (${codeOf(cause)})`;
  const code = answering ? "upstream_truncated" : "upstream_unavailable";
  const when = answering ? "before the answer was complete." : "before any answer.";
  const message = `Upstream ${authority}, ${phase}: connection ${how} ${when}`;
  return new GatewayError(code, message, { cause, details: { authority, phase, sent } });
}

/** A phase took longer than its clock allows. */
export function timeoutFailure(authority: string, phase: Phase, limitMs: number): GatewayError {
  return upstreamFailure("upstream_timeout", authority, phase, `nothing for ${limitMs} ms.`);
}

/** The decoded body is longer than the caller allows. */
export function tooLargeFailure(authority: string, limitBytes: number): GatewayError {
  return upstreamFailure("upstream_too_large", authority, "response body", `longer than ${limitBytes} bytes.`);
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

import { type ErrorCode, GatewayError } from "#core/errors.ts";
import type { Origin } from "#platform/upstream/target.ts";

/** What the client was doing when an exchange failed. */
export type Phase = "connect" | "request" | "response head" | "response body";

/** A response that breaks HTTP/1.1; the connection turns it into `upstream_bad_response` with the provider's name. */
export class MalformedResponse extends Error {
  override readonly name = "MalformedResponse";
}

/** Whom an exchange is with: the name that callers may read, and the origin that only the log may. */
export interface Peer {
  readonly peer: string;
  readonly origin: Origin;
}

/** An upstream failure. The message names provider and phase, the cause `host:port`; neither a header or a body byte. */
export function upstreamFailure(
  code: ErrorCode,
  { peer, origin }: Peer,
  phase: Phase,
  reason: string,
  { cause, sent }: { readonly cause?: unknown; readonly sent?: boolean } = {},
): GatewayError {
  const origins = cause instanceof Error ? `${origin.authority}: ${cause.message}` : origin.authority;
  return new GatewayError(code, `Provider ${peer}, ${phase}: ${reason}`, {
    cause: new Error(origins, { cause }),
    details: { phase, ...(sent === undefined ? {} : { sent }) },
  });
}

/** No connection: name unknown (`ENOTFOUND`), refused, unreachable. */
export function connectFailure(peer: Peer, cause: Error): GatewayError {
  return upstreamFailure("upstream_unavailable", peer, "connect", `connection failed (${codeOf(cause)}).`, { cause });
}

/** The TLS handshake failed; a peer that merely hung up during it is `upstream_unavailable`. */
export function handshakeFailure(peer: Peer, cause: Error | null): GatewayError {
  if (cause === null) return upstreamFailure("upstream_tls", peer, "connect", "TLS handshake refused.");
  const code = codeOf(cause);
  if (code !== "ECONNRESET") {
    return upstreamFailure("upstream_tls", peer, "connect", `TLS handshake refused (${code}).`, { cause });
  }
  return upstreamFailure("upstream_unavailable", peer, "connect", "closed during the TLS handshake.", { cause });
}

/** The peer closed or reset before the message was whole. `sent`: it may have acted on the request, so only its own word allows another try. */
export function closedFailure(
  peer: Peer,
  phase: Phase,
  { answering, sent }: { readonly answering: boolean; readonly sent: boolean },
  cause?: Error,
): GatewayError {
  const how = cause === undefined ? "closed" : `broken (${codeOf(cause)})`;
  const code = answering ? "upstream_truncated" : "upstream_unavailable";
  const when = answering ? "before the answer was complete." : "before any answer.";
  return upstreamFailure(code, peer, phase, `connection ${how} ${when}`, { cause, sent });
}

/** A phase took longer than its clock allows. */
export function timeoutFailure(peer: Peer, phase: Phase, limitMs: number): GatewayError {
  return upstreamFailure("upstream_timeout", peer, phase, `nothing for ${limitMs} ms.`);
}

/** The decoded body is longer than the caller allows. */
export function tooLargeFailure(peer: Peer, limitBytes: number): GatewayError {
  return upstreamFailure("upstream_too_large", peer, "response body", `longer than ${limitBytes} bytes.`);
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

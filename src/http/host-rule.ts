import { GatewayError } from "#core/errors.ts";

/** One host name or address with an optional port (RFC 9110, 7.2): no user, no path, no list. */
const hostForm = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
const loopbackHost = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})(?::\d{1,5})?$/i;
const originForm = /^https?:\/\/([^/?#@]+)$/i;

/** Whether a peer's address is on this machine's loopback interface (IPv4, IPv6, IPv4 mapped into IPv6). */
export function isLoopbackAddress(address: string): boolean {
  return address === "::1" || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(address);
}

/**
 * Refuses what a browser can be tricked into sending (DNS rebinding, forged posts) and hosts that are none.
 * Throws `invalid_request` for a missing, repeated or malformed `Host`, `foreign_origin` for a foreign one.
 */
export function checkHost(headers: Headers, path: string, loopbackOnly: boolean): void {
  const host = headers.get("host");
  if (host === null || !hostForm.test(host)) {
    throw new GatewayError("invalid_request", "Exactly one valid Host header is required.");
  }
  const origin = headers.get("origin");
  if (loopbackOnly) {
    if (!loopbackHost.test(host)) throw foreign("Host");
    if (origin !== null && !loopbackHost.test(authorityOf(origin))) throw foreign("Origin");
  } else if (origin !== null && path.startsWith("/api/") && authorityOf(origin).toLowerCase() !== host.toLowerCase()) {
    throw foreign("Origin");
  }
}

function authorityOf(origin: string): string {
  return originForm.exec(origin)?.[1] ?? "";
}

function foreign(header: "Host" | "Origin"): GatewayError {
  return new GatewayError("foreign_origin", `This ${header} is not served here.`, { details: { header } });
}

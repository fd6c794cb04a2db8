import { GatewayError } from "#core/errors.ts";
import { isOpenToPages } from "#http/page-rule.ts";

/** One host name or address with an optional port (RFC 9110, 7.2): no user, no path, no list. */
const hostForm = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
const loopbackHost = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})(?::\d{1,5})?$/i;
const originForm = /^https?:\/\/([^/?#@]+)$/i;

/** What decides which names and pages are served. */
export interface HostRule {
  /** A profile without keys: only names of this machine. */
  readonly loopbackOnly: boolean;
  /** Origins of pages from elsewhere that may use the own API, in lower case. */
  readonly pageOrigins: ReadonlySet<string>;
}

/** Whether a peer's address is on this machine's loopback interface (IPv4, IPv6, IPv4 mapped into IPv6). */
export function isLoopbackAddress(address: string): boolean {
  return address === "::1" || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(address);
}

/**
 * Refuses what a browser can be tricked into sending (DNS rebinding, forged posts) and hosts that are none.
 * Throws `invalid_request` for a missing, repeated or malformed `Host`, `foreign_origin` for a foreign one.
 */
export function checkHost(headers: Headers, path: string, { loopbackOnly, pageOrigins }: HostRule): void {
  const host = headers.get("host");
  if (host === null || !hostForm.test(host)) {
    throw new GatewayError("invalid_request", "Exactly one valid Host header is required.");
  }
  if (loopbackOnly && !loopbackHost.test(host)) throw foreignOrigin("Host");
  const origin = headers.get("origin");
  if (origin === null || (isOpenToPages(path) && pageOrigins.has(origin.toLowerCase()))) return;
  if (loopbackOnly) {
    if (!loopbackHost.test(authorityOf(origin))) throw foreignOrigin("Origin");
  } else if (path.startsWith("/api/") && !isOwnOrigin(origin, host)) {
    throw foreignOrigin("Origin");
  }
}

/** Whether a page of this origin was served under the very host and port that the request names. */
export function isOwnOrigin(origin: string, host: string): boolean {
  return authorityOf(origin).toLowerCase() === host.toLowerCase();
}

/** The refusal of a host or page that is not served here. */
export function foreignOrigin(header: "Host" | "Origin"): GatewayError {
  return new GatewayError("foreign_origin", `This ${header} is not served here.`, { details: { header } });
}

function authorityOf(origin: string): string {
  return originForm.exec(origin)?.[1] ?? "";
}

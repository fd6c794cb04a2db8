import { GatewayError } from "#core/errors.ts";
import type { Principal } from "#core/identity/principal.ts";
import { cookieToken, sessionCookieName } from "#http/cookies.ts";
import { foreignOrigin, isOwnOrigin } from "#http/host-rule.ts";
import type { HttpParts } from "#http/http-parts.ts";
import type { Visit } from "#http/visit.ts";

const readingMethods: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * Whoever comes with the cookie of a session in force; undefined without one. Only the own API takes it. Rejects with
 * `foreign_origin` or `permission_denied` for a changing request that a page of somebody else may have sent.
 */
export async function sessionPrincipal(
  { sessions, pageOrigins }: Pick<HttpParts, "sessions" | "pageOrigins">,
  { request, target }: Visit,
): Promise<Principal | undefined> {
  const { headers, method } = request;
  if (!target.path.startsWith("/api/")) return undefined;
  const token = cookieToken(headers, sessionCookieName);
  const principal = token === undefined ? undefined : await sessions.authenticate(token);
  if (principal !== undefined && !readingMethods.has(method)) checkSentByOwnPage(principal, headers, pageOrigins);
  return principal;
}

function checkSentByOwnPage({ session }: Principal, headers: Headers, pageOrigins: ReadonlySet<string>): void {
  const origin = headers.get("origin");
  if (origin === null && headers.get("sec-fetch-site") === null) {
    throw new GatewayError("foreign_origin", "Changing requests of a session say in Origin which page sent them.", {
      details: { header: "Origin" },
    });
  }
  const isOwn =
    origin === null
      ? headers.get("sec-fetch-site") === "same-origin"
      : pageOrigins.has(origin.toLowerCase()) || isOwnOrigin(origin, headers.get("host") ?? "");
  if (!isOwn) throw foreignOrigin("Origin");
  // The token is the HMAC of the cookie's own text: comparing it byte by byte tells nothing that its sender does not know.
  if (session === undefined || headers.get("x-csrf-token") !== session.csrfToken) {
    throw new GatewayError(
      "permission_denied",
      "Changing requests of a session repeat its `csrf_token` in x-csrf-token.",
      {
        details: { header: "x-csrf-token" },
      },
    );
  }
}

import { apiPath } from "#core/api/operation.ts";

const probes: ReadonlySet<string> = new Set(["/livez", "/readyz", "/startupz", "/health"]);
const preflightSeconds = 600;

/** Whether pages of `gateway.cors_origins` may use what is at this path: the own API and the probes, no models. */
export function isOpenToPages(path: string): boolean {
  return path.startsWith(`${apiPath}/`) || probes.has(path);
}

/**
 * The answer to a listed page's question whether it may send its request (CORS-preflight of the Fetch standard); undefined
 * where it asks nothing. `allow` are the methods of the path.
 */
export function preflightAnswer(headers: Headers, requestId: string, allow: string): Response | undefined {
  if (!headers.has("access-control-request-method")) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      "x-request-id": requestId,
      "access-control-allow-methods": allow,
      "access-control-allow-headers": "authorization, content-type, x-api-key, x-csrf-token",
      "access-control-max-age": String(preflightSeconds),
    },
  });
}

/**
 * Lets a page of a listed origin read the answer, and keeps every answer of the own API from being stored, guessed at or
 * shown inside a page.
 */
export function markForPages(
  answer: Headers,
  path: string,
  origin: string | null,
  pageOrigins: ReadonlySet<string>,
): void {
  if (path.startsWith("/api/")) {
    answer.set("cache-control", "no-store");
    answer.set("x-content-type-options", "nosniff");
    answer.set("referrer-policy", "no-referrer");
    answer.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  }
  if (pageOrigins.size === 0) return;
  answer.append("vary", "Origin");
  if (origin === null || !pageOrigins.has(origin.toLowerCase())) return;
  answer.set("access-control-allow-origin", origin);
  answer.set("access-control-allow-credentials", "true");
  answer.set("access-control-expose-headers", "x-request-id, retry-after, content-disposition");
}

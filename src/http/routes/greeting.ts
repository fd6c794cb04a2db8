import { jsonResponse } from "#http/json-response.ts";
import type { PublicRoute } from "#http/route.ts";

/** What clients look at to see whether anybody is there before they show a key. */
export function greetingRoutes(): PublicRoute[] {
  return ["/", "/api/hello"].map((path) => ({
    method: "GET",
    path,
    permission: "public",
    errors: "problem",
    handle: ({ requestId }) => jsonResponse(requestId, { name: "tokligence" }),
  }));
}

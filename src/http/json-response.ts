import type { ErrorFamily } from "#core/errors.ts";
import { requestIdHeaders } from "#http/reply-headers.ts";

/** A JSON answer of our own, to a caller of this family where there is one. */
export function jsonResponse(requestId: string, value: unknown, status = 200, family?: ErrorFamily): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...requestIdHeaders(requestId, family),
    },
  });
}

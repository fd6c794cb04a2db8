import type { Ids } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import { problemResponse } from "#http/error-response.ts";
import { metricsResponse } from "#http/routes/health.ts";
import { requestTarget } from "#http/request-target.ts";

/** What the metrics listener needs. */
export interface MetricsAppParts {
  readonly ids: Ids;
  readonly metricsText: () => string;
}

/** The doors of the metrics listener: `/metrics` alone, for whoever can reach the port that was set aside for it. */
export function createMetricsApp({ ids, metricsText }: MetricsAppParts): { fetch(request: Request): Response } {
  return {
    fetch(request) {
      const requestId = ids.request();
      if (requestTarget(request.url).path !== "/metrics") {
        return problemResponse(new GatewayError("not_found", "There is nothing at this path."), requestId);
      }
      switch (request.method) {
        case "GET":
          return metricsResponse(metricsText(), requestId);
        case "HEAD":
          return new Response(null, metricsResponse("", requestId));
        default:
          return problemResponse(
            new GatewayError("method_not_allowed", "This path does not take this method.", {
              details: { allow: "GET, HEAD" },
            }),
            requestId,
          );
      }
    },
  };
}

import { jsonResponse } from "#http/json-response.ts";
import type { DoorParts, Route } from "#http/route.ts";
import type { Visit } from "#http/visit.ts";

/** Probes and metrics. Probes are public and name no secret. */
export function healthRoutes({ health, metricsText, version }: DoorParts): Route[] {
  const probe = (path: string, answer: (visit: Visit) => Response): Route => ({
    method: "GET",
    path,
    permission: "public",
    errors: "problem",
    handle: answer,
  });
  return [
    probe("/livez", ({ requestId }) => jsonResponse(requestId, { status: "ok" })),
    probe("/startupz", ({ requestId }) => {
      const { startup } = health();
      return jsonResponse(requestId, { status: startup ? "ok" : "starting" }, startup ? 200 : 503);
    }),
    probe("/readyz", ({ requestId }) => {
      const { ready, reasons } = health();
      return jsonResponse(requestId, { status: ready ? "ok" : "not_ready", reasons }, ready ? 200 : 503);
    }),
    probe("/health", ({ requestId }) => {
      const { startup, ready, reasons, degraded } = health();
      const status = ready ? "ok" : startup ? "degraded" : "starting";
      return jsonResponse(requestId, { status, version, startup, ready, reasons, degraded }, ready ? 200 : 503);
    }),
    ...(metricsText === undefined ? [] : [metricsRoute(metricsText)]),
  ];
}

function metricsRoute(metricsText: () => string): Route {
  return {
    method: "GET",
    path: "/metrics",
    permission: "metrics:read",
    errors: "problem",
    handle: ({ requestId }) => metricsResponse(metricsText(), requestId),
  };
}

/** The metrics page (Prometheus text format 0.0.4). */
export function metricsResponse(text: string, requestId: string): Response {
  return new Response(text, {
    headers: {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
      "cache-control": "no-store",
      "x-request-id": requestId,
    },
  });
}

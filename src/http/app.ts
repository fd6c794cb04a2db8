import { GatewayError, toGatewayError } from "#core/errors.ts";
import { createDoorMetrics } from "#http/door-metrics.ts";
import { DoorState } from "#http/door-state.ts";
import { Entrance } from "#http/entrance.ts";
import { type ErrorEnvelope, envelopeOf, errorResponse } from "#http/error-response.ts";
import { checkHost } from "#http/host-rule.ts";
import type { App, Connection, HttpParts } from "#http/http-parts.ts";
import { isOpenToPages, markForPages, preflightAnswer } from "#http/page-rule.ts";
import { requestTarget } from "#http/request-target.ts";
import { type FoundPath, RouteLookup } from "#http/route-lookup.ts";
import type { Route } from "#http/route.ts";
import { routeTable } from "#http/route-table.ts";
import { Visit, type VisitSinks } from "#http/visit.ts";

/** Methods that no path ever takes (a proxy's and a reflector's). */
const unserved: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);

/** Builds the doors of the gateway. Nothing happens until a request is handed in. */
export function createApp(parts: HttpParts): App {
  const metrics = createDoorMetrics(parts.meter);
  const state = parts.state ?? new DoorState({ ...parts, maxConcurrentRequests: parts.limits.maxConcurrentRequests });
  const { running, refusals } = state;
  const lookup = new RouteLookup(routeTable({ ...parts, metrics, running }));
  const entrance = new Entrance(parts, state);
  const sinks: VisitSinks = { clock: parts.clock, log: parts.log, metrics, refusals };

  async function answer(request: Request, connection: Connection): Promise<Response> {
    const target = requestTarget(request.url);
    const visit = new Visit(request, connection, target, parts.ids.request(), sinks);
    let envelope: ErrorEnvelope = envelopeOf(target, request.headers);
    try {
      if (!connection.root) checkHost(request.headers, target.path, parts);
      const found = findPath(lookup, visit);
      const preflight = preflightOf(visit, found);
      if (preflight !== undefined) return answered(visit, preflight);
      const route = routeFor(found, visit);
      envelope = typeof route.errors === "string" ? route.errors : route.errors(visit);
      return answered(visit, await entrance.enter(route, visit));
    } catch (thrown) {
      const error = toGatewayError(thrown);
      const response = errorResponse(error, visit.requestId, envelope, parts);
      markAnswer(visit, response);
      visit.finish(response.status, error);
      return response;
    }
  }

  function answered(visit: Visit, response: Response): Response {
    markAnswer(visit, response);
    if (!visit.goesOn) visit.finish(response.status);
    return response;
  }

  function markAnswer({ target, request }: Visit, { headers }: Response): void {
    if (isOpenToPages(target.path))
      markForPages(headers, target.path, request.headers.get("origin"), parts.pageOrigins);
  }

  /** Only listed pages are told what they may send: for all others such a question is a method like any other. */
  function preflightOf({ request, requestId, target }: Visit, { routes }: FoundPath): Response | undefined {
    if (request.method !== "OPTIONS" || !isOpenToPages(target.path)) return undefined;
    const isListed = parts.pageOrigins.has(request.headers.get("origin")?.toLowerCase() ?? "");
    return isListed ? preflightAnswer(request.headers, requestId, routes.allow) : undefined;
  }

  return {
    fetch: answer,
    refuseNewWork: () => running.refuseNewWork(),
    abortRunning: (error) => running.abortAll(error),
    inFlight: () => running.count,
    flushLog: () => refusals.flush(),
  };
}

function findPath(lookup: RouteLookup, visit: Visit): FoundPath {
  const found = lookup.find(visit.target.path);
  if (found === undefined) {
    if (unserved.has(visit.request.method)) throw methodNotAllowed("GET, HEAD, POST, PUT, PATCH, DELETE");
    throw new GatewayError("not_found", "There is nothing at this path.");
  }
  visit.route = found.routes.label;
  visit.parameters = found.parameters;
  return found;
}

function routeFor({ routes }: FoundPath, { request }: Visit): Route {
  const route = routes.byMethod.get(request.method);
  if (route !== undefined) return route;
  throw methodNotAllowed(routes.allow);
}

function methodNotAllowed(allow: string): GatewayError {
  return new GatewayError("method_not_allowed", "This path does not take this method.", { details: { allow } });
}

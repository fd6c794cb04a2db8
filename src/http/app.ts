import { GatewayError, toGatewayError } from "#core/errors.ts";
import { type Principal, rootPrincipal } from "#core/identity/principal.ts";
import { createDoorMetrics } from "#http/door-metrics.ts";
import { type ErrorEnvelope, envelopeOf, errorResponse } from "#http/error-response.ts";
import { checkHost, isLoopbackAddress } from "#http/host-rule.ts";
import type { App, Connection, HttpParts } from "#http/http-parts.ts";
import { presentedKey } from "#http/presented-key.ts";
import { RefusalLog } from "#http/refusal-log.ts";
import { requestTarget } from "#http/request-target.ts";
import { RouteLookup } from "#http/route-lookup.ts";
import type { Route } from "#http/route.ts";
import { routeTable } from "#http/route-table.ts";
import { RunningCalls } from "#http/running-calls.ts";
import { Visit, type VisitSinks } from "#http/visit.ts";

/** Methods that no path ever takes (a proxy's and a reflector's). */
const unserved: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);

/** Builds the doors of the gateway. Nothing happens until a request is handed in. */
export function createApp(parts: HttpParts): App {
  const metrics = createDoorMetrics(parts.meter);
  const running = new RunningCalls(parts.clock, parts.limits.maxConcurrentRequests, parts.ladder);
  const lookup = new RouteLookup(routeTable({ ...parts, metrics, running }));
  const refusals = new RefusalLog(parts);
  const sinks: VisitSinks = { clock: parts.clock, log: parts.log, metrics, refusals };

  async function answer(request: Request, connection: Connection): Promise<Response> {
    const target = requestTarget(request.url);
    const visit = new Visit(request, connection, target, parts.ids.request(), sinks);
    let envelope: ErrorEnvelope = envelopeOf(target, request.headers);
    try {
      if (!connection.root) checkHost(request.headers, target.path, parts.loopbackOnly);
      const route = findRoute(lookup, visit);
      envelope = typeof route.errors === "string" ? route.errors : route.errors(visit);
      const response = await enter(parts, route, visit);
      if (!visit.goesOn) visit.finish(response.status);
      return response;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      const response = errorResponse(error, visit.requestId, envelope, parts);
      visit.finish(response.status, error);
      return response;
    }
  }

  return {
    fetch: answer,
    refuseNewWork: () => running.refuseNewWork(),
    abortRunning: (error) => running.abortAll(error),
    inFlight: () => running.count,
    flushLog: () => refusals.flush(),
  };
}

function findRoute(lookup: RouteLookup, visit: Visit): Route {
  const found = lookup.find(visit.target.path);
  if (found === undefined) {
    if (unserved.has(visit.request.method)) throw methodNotAllowed("GET, HEAD, POST, PATCH, DELETE");
    throw new GatewayError("not_found", "There is nothing at this path.");
  }
  visit.route = found.routes.label;
  visit.parameter = found.parameter;
  const route = found.routes.byMethod.get(visit.request.method);
  if (route !== undefined) return route;
  throw methodNotAllowed(found.routes.allow);
}

function methodNotAllowed(allow: string): GatewayError {
  return new GatewayError("method_not_allowed", "This path does not take this method.", { details: { allow } });
}

/** The only way to a handler: whoever may not use the route is refused here. */
async function enter(parts: HttpParts, route: Route, visit: Visit): Promise<Response> {
  if (route.permission === "public") return route.handle(visit);
  const principal = await identify(parts, visit);
  visit.principal = principal;
  if (!principal.permissions.has(route.permission)) {
    throw new GatewayError("permission_denied", `This needs the permission ${route.permission}.`, {
      details: { permission: route.permission },
    });
  }
  return route.handle(visit, principal);
}

function identify(parts: HttpParts, visit: Visit): Principal | Promise<Principal> {
  const { connection, request, target } = visit;
  if (connection.root) return rootPrincipal;
  return parts.authenticator.authenticate({
    presented: presentedKey(request.headers, target.query),
    // Asked only where it decides: looking the peer up is dear.
    get fromLoopback() {
      return isLoopbackAddress(connection.address);
    },
  });
}

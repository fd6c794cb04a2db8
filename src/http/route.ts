import type { Permission } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { DoorMetrics } from "#http/door-metrics.ts";
import type { ErrorEnvelope } from "#http/error-response.ts";
import type { HttpParts } from "#http/http-parts.ts";
import type { RunningCalls } from "#http/running-calls.ts";
import type { Visit } from "#http/visit.ts";

/** What handlers may use. */
export interface DoorParts extends HttpParts {
  readonly metrics: DoorMetrics;
  readonly running: RunningCalls;
}

type Answer = Response | Promise<Response>;

interface RouteBase {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Exact path; parameters as `:name`, or `:name{.+}` for one that may hold slashes. */
  readonly path: string;
  /** In whose envelope, or how the caller tells. */
  readonly errors: ErrorEnvelope | ((visit: Visit) => ErrorEnvelope);
}

/** Open to everybody who can reach the listener: probes, without anything worth hiding. */
export interface PublicRoute extends RouteBase {
  readonly permission: "public";
  readonly handle: (visit: Visit) => Answer;
}

/** Open to principals that have the permission. */
export interface GuardedRoute extends RouteBase {
  readonly permission: Permission;
  /** Name of the operation of `core/api` that it is, for the audit; absent for all others. */
  readonly operation?: string;
  readonly handle: (visit: Visit, principal: Principal) => Answer;
}

/** One door: where it is, who may enter, how its errors look, and what it does. */
export type Route = PublicRoute | GuardedRoute;

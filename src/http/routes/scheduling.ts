import { explainCallSchema, explainRouteSchema } from "#core/api/explanation.ts";
import { parseInput } from "#core/api/parse-input.ts";
import type { Permission } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";
import { jsonResponse } from "#http/json-response.ts";
import { queryValues } from "#http/query-values.ts";
import { readJson } from "#http/request-body.ts";
import type { DoorParts, Route } from "#http/route.ts";
import type { Visit } from "#http/visit.ts";

/** What scheduling and routing are like now, and what they would do: `core/api/scheduling.ts` over HTTP. */
export function schedulingRoutes({ scheduling, limits, clock }: DoorParts): Route[] {
  const route = (
    method: Route["method"],
    path: string,
    permission: Permission,
    answer: (visit: Visit, principal: Principal) => Promise<unknown>,
  ): Route => ({
    method,
    path: `/api/v1${path}`,
    permission,
    errors: "problem",
    handle: async (visit, principal) => jsonResponse(visit.requestId, await answer(visit, principal)),
  });
  return [
    route("GET", "/scheduler", "gateway:read", () => scheduling.status()),
    route("POST", "/scheduler/explain", "gateway:read", async ({ request }, principal) =>
      scheduling.explain(parseInput(explainCallSchema, (await readJson(request, limits, clock)).value), principal),
    ),
    route("GET", "/routes/explain", "gateway:read", async ({ target }) =>
      scheduling.explainRoute(parseInput(explainRouteSchema, queryValues(target.query))),
    ),
    route("GET", "/time-rules", "gateway:read", () => scheduling.timeRules()),
    route("POST", "/time-rules/reload", "gateway:write", () => scheduling.reloadTimeRules()),
  ];
}

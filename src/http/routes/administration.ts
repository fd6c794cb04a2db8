import { createKeySchema, updateKeySchema } from "#core/api/api-key.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { usageLogsQuerySchema, usageQuerySchema } from "#core/api/usage.ts";
import { createUserSchema } from "#core/api/user.ts";
import { GatewayError } from "#core/errors.ts";
import type { Permission } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";
import { jsonResponse } from "#http/json-response.ts";
import { queryValues } from "#http/query-values.ts";
import { readJson } from "#http/request-body.ts";
import type { DoorParts, Route } from "#http/route.ts";
import type { Visit } from "#http/visit.ts";

/** `/api/v1/**`: what an operator can do, over HTTP, in the shapes of `core/api`. A list is `{ data: [...] }`. */
export function administrationRoutes(parts: DoorParts): Route[] {
  const { administration, clock, limits } = parts;
  const startedAt = clock.monotonic();
  const bodyOf = async ({ request }: Visit): Promise<unknown> => (await readJson(request, limits, clock)).value;
  const route = (
    method: Route["method"],
    path: string,
    permission: Permission,
    answer: (visit: Visit, principal: Principal) => unknown,
    status = 200,
  ): Route => ({
    method,
    path: `/api/v1${path}`,
    permission,
    errors: "problem",
    handle: async (visit, principal) => jsonResponse(visit.requestId, await answer(visit, principal), status),
  });
  const list = (path: string, permission: Permission, answer: (query: string) => Promise<readonly unknown[]>): Route =>
    route("GET", path, permission, async ({ target }) => ({ data: await answer(target.query) }));
  const revoke = ({ parameter }: Visit) => administration.revokeKey(decodeKeyId(parameter));

  return [
    list("/users", "users:read", () => administration.listUsers()),
    route(
      "POST",
      "/users",
      "users:write",
      async (visit) => administration.createUser(parseInput(createUserSchema, await bodyOf(visit))),
      201,
    ),
    list("/keys", "keys:read", (query) => administration.listKeys(new URLSearchParams(query).get("user") ?? undefined)),
    route(
      "POST",
      "/keys",
      "keys:write",
      async (visit, principal) => administration.createKey(parseInput(createKeySchema, await bodyOf(visit)), principal),
      201,
    ),
    route("GET", "/keys/:id", "keys:read", ({ parameter }) => administration.findKey(decodeKeyId(parameter))),
    route("PATCH", "/keys/:id", "keys:write", async (visit, principal) => {
      const id = decodeKeyId(visit.parameter);
      return administration.updateKey(id, parseInput(updateKeySchema, await bodyOf(visit)), principal);
    }),
    route("DELETE", "/keys/:id", "keys:write", revoke),
    route("POST", "/keys/:id/revoke", "keys:write", revoke),
    list("/usage/summary", "usage:read", (query) =>
      administration.usageSummary(parseInput(usageQuerySchema, queryValues(query))),
    ),
    list("/usage/logs", "usage:read", (query) => {
      const { from, to, limit } = parseInput(usageLogsQuerySchema, queryValues(query));
      return administration.usageLogs({
        limit,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
    }),
    route("GET", "/status", "gateway:read", async () => {
      const scheduler = await parts.scheduling.status();
      return {
        version: parts.version,
        uptime_seconds: Math.floor((clock.monotonic() - startedAt) / 1000),
        in_flight: parts.running.count,
        ...(scheduler.enabled ? { queued: scheduler.queued } : {}),
        draining: parts.running.draining,
      };
    }),
  ];
}

function decodeKeyId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new GatewayError("not_found", "This is no id of a key.");
  }
}

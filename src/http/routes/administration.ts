import { createKeySchema } from "#core/api/api-key.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { usageLogsQuerySchema, usageQuerySchema } from "#core/api/usage.ts";
import { createUserSchema } from "#core/api/user.ts";
import { GatewayError } from "#core/errors.ts";
import { callerPermissions, type Permission } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";
import { jsonResponse } from "#http/json-response.ts";
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
      async (visit, principal) => {
        const input = parseInput(createKeySchema, await bodyOf(visit));
        refuseEscalation(input.scopes ?? callerPermissions, principal);
        return administration.createKey(input);
      },
      201,
    ),
    route("DELETE", "/keys/:id", "keys:write", revoke),
    route("POST", "/keys/:id/revoke", "keys:write", revoke),
    list("/usage/summary", "usage:read", (query) =>
      administration.usageSummary(parseInput(usageQuerySchema, queryOf(query))),
    ),
    list("/usage/logs", "usage:read", (query) => {
      const { from, to, limit } = parseInput(usageLogsQuerySchema, queryOf(query));
      return administration.usageLogs({
        limit,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
    }),
    route("GET", "/status", "gateway:read", () => ({
      version: parts.version,
      uptime_seconds: Math.floor((clock.monotonic() - startedAt) / 1000),
      in_flight: parts.running.count,
      draining: parts.running.draining,
    })),
  ];
}

/** Who makes a key gives away no more than it has itself. */
function refuseEscalation(scopes: Iterable<Permission>, { permissions }: Principal): void {
  for (const permission of scopes) {
    if (permissions.has(permission)) continue;
    throw new GatewayError("permission_denied", `The caller has no permission ${permission} to give away.`, {
      details: { permission },
    });
  }
}

function decodeKeyId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new GatewayError("not_found", "This is no id of a key.");
  }
}

/** Query parameters by name, the caller's key left out. */
function queryOf(query: string): Record<string, string> {
  const parameters = new URLSearchParams(query);
  parameters.delete("key");
  return Object.fromEntries(parameters);
}

import type { ApiDoor } from "#core/api/open-api.ts";
import { apiPath } from "#core/api/operation.ts";

/** Where a described door stands, who may enter, and how it tells errors: a route but for what it does. */
export function routeOf<Permission extends ApiDoor["permission"]>({
  method,
  path,
  permission,
}: Pick<ApiDoor, "method" | "path"> & { readonly permission: Permission }) {
  return { method, path: `${apiPath}${path}`, permission, errors: "problem" } as const;
}

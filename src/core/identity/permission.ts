/** What a principal may do. Roles and key scopes are sets of these; the route table names one per route. */
export const permissions = [
  "models:call",
  "models:read",
  "usage:read",
  "usage:write",
  "users:read",
  "users:write",
  "teams:read",
  "teams:write",
  "keys:read",
  "keys:write",
  "budgets:read",
  "budgets:write",
  "prices:read",
  "prices:write",
  "ledger:read",
  "audit:read",
  "profile:read",
  "metrics:read",
  "gateway:read",
  "gateway:write",
  /** Ends the process: whoever may open the control socket, no role and no key. */
  "gateway:stop",
  /** Reads and writes whole stores and files of this machine: whoever may open the control socket, no role and no key. */
  "archive:write",
] as const;

export type Permission = (typeof permissions)[number];

/** What the control socket and root administrators may do. */
export const allPermissions: ReadonlySet<Permission> = new Set(permissions);
/** What an API key may do unless its scopes say otherwise. */
export const callerPermissions: ReadonlySet<Permission> = new Set(["models:call", "models:read"]);
/** What a caller without a key may do where none is needed: look and call, never change who may. */
export const localPermissions: ReadonlySet<Permission> = new Set([
  "models:call",
  "models:read",
  "usage:read",
  "metrics:read",
  "gateway:read",
]);

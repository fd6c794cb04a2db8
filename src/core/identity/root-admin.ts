import type { Trail } from "#core/audit/trail.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Ids, TenantId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { newSecret, type SecretParts } from "#core/identity/new-secret.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import type { User } from "#core/identity/user.ts";

/** What the first administrator is made with. */
export interface RootAdminParts extends SecretParts {
  readonly identity: Pick<IdentityStore, "countActive" | "findUser" | "createUser" | "updateUser" | "createKey">;
  readonly ids: Pick<Ids, "user" | "key">;
  readonly clock: Pick<Clock, "now">;
  readonly email: string;
}

/** The first administrator and the only text that ever holds its key. */
export interface FirstRootAdmin {
  readonly user: User;
  readonly key: string;
}

/**
 * Makes the root administrator of a gateway that has none, with a key for everything its role may do; undefined when there is
 * one. A user who has the e-mail already becomes it. Killed in the middle, the next start does it again: only the last step
 * lets anybody in.
 */
export async function ensureRootAdmin(parts: RootAdminParts): Promise<FirstRootAdmin | undefined> {
  const { identity, clock } = parts;
  if ((await identity.countActive("root_admin")) > 0) return undefined;
  const waiting = (await identity.findUser(parts.email)) ?? (await madeUser(parts));
  const user: User = { ...waiting, role: "root_admin", status: "active" };
  const key = await madeKey(parts, user);
  const { role, status } = user;
  const trail = trailOf(clock.now(), "updateUser", { kind: "user", id: user.id }, { role, status });
  if (await identity.updateUser(user.id, { role, status }, trail)) return { user, key };
  throw new GatewayError("internal", "The root administrator was erased while it was made.");
}

async function madeUser({ identity, ids, clock, email }: RootAdminParts): Promise<User> {
  const id = ids.user();
  const tenantId = id as string as TenantId;
  const createdAtMs = clock.now();
  const user: User = { id, tenantId, email, name: "root", role: "root_admin", status: "inactive", createdAtMs };
  await identity.createUser(user, trailOf(createdAtMs, "createUser", { kind: "user", id }, { role: user.role }));
  return user;
}

async function madeKey(parts: RootAdminParts, user: User): Promise<string> {
  const { text, digest } = newSecret(parts, "admin");
  const key: ApiKey = {
    id: parts.ids.key(),
    userId: user.id,
    tenantId: user.tenantId,
    name: "first root administrator",
    prefix: digest.prefix,
    scopes: [...permissionsOf("root_admin")],
    createdAtMs: parts.clock.now(),
  };
  const details = { user_id: user.id, scopes: key.scopes };
  await parts.identity.createKey(
    key,
    digest,
    trailOf(key.createdAtMs, "createKey", { kind: "key", id: key.id }, details),
  );
  return text;
}

function trailOf(
  atMs: number,
  action: string,
  target: Trail["audit"]["target"],
  details: Trail["audit"]["details"],
): Trail {
  return { audit: { atMs, actor: { kind: "system" }, action, outcome: "done", target, details }, events: [] };
}

import type { z } from "zod";
import type { createKeySchema } from "#core/api/api-key.ts";
import { requireTeam, requireUser } from "#core/administration/find-identity.ts";
import type { KeyParts } from "#core/administration/key-administration.ts";
import { refuseNoAddresses } from "#core/administration/key-change.ts";
import type { KeyMaker } from "#core/administration/key-maker.ts";
import { changedPolicy } from "#core/administration/changed-policy.ts";
import { invalidField } from "#core/api/invalid-field.ts";
import type { KeyPolicyInput } from "#core/api/key-policy.ts";
import { refuseMorePermissions } from "#core/administration/role-bounds.ts";
import { timeOf } from "#core/api/time-text.ts";
import { GatewayError } from "#core/errors.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import { callerPermissions, type Permission } from "#core/identity/permission.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import { sightOf } from "#core/identity/sight.ts";
import type { Team } from "#core/identity/team.ts";
import type { User } from "#core/identity/user.ts";

type Wanted = z.output<typeof createKeySchema>;

/**
 * The key that is asked for, without its secret: it starts from the policy of the key that makes it or of its team, and with
 * that key's end, labels and addresses. Throws `permission_denied` for more than its maker holds.
 */
export async function createdKey(parts: KeyParts, wanted: Wanted, maker: KeyMaker): Promise<Omit<ApiKey, "prefix">> {
  const { identity, ids, clock, levels } = parts;
  const { user, team, name, scopes = [...callerPermissions], labels = [], addresses, expires_at, ...change } = wanted;
  const sight = sightOf(maker.principal);
  maker.refuseChain();
  refuseMorePermissions(scopes, maker.principal);
  const owner = await requireUser(identity, user, sight);
  const from = maker.bounded ? maker.key : undefined;
  const teamName = team ?? from?.teamId;
  const home = teamName === undefined ? undefined : await requireTeam(identity, teamName, sight);
  const policy = changedPolicy(started(maker.startingPolicy(home), change), change, levels.count);
  const expiresAtMs = expires_at === undefined ? maker.principal.expiresAtMs : timeOf(expires_at);
  const key: Omit<ApiKey, "prefix"> = {
    id: ids.key(),
    userId: owner.id,
    tenantId: home === undefined ? owner.tenantId : tenantOf(home),
    ...(home !== undefined && { teamId: home.id }),
    ...(from !== undefined && { parentId: from.id }),
    name,
    scopes: [...new Set(scopes)],
    labels: [...new Set([...(from?.labels ?? []), ...labels])],
    addresses: [...new Set(addresses ?? maker.key?.addresses ?? [])],
    createdAtMs: clock.now(),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(policy !== undefined && { policy }),
  };
  refuseNoAddresses(key.addresses ?? []);
  refusePast(expiresAtMs, key.createdAtMs);
  maker.refuseBeyondItself(key, owner, home);
  refuseBeyondRole(scopes, owner);
  if (maker.bounded) await refuseTooMany(parts, owner, key.createdAtMs);
  if (home !== undefined) await refuseNoMember(parts, owner, home);
  return key;
}

/** A team is a tenant of its own. */
function tenantOf({ id }: Team): ApiKey["tenantId"] {
  return id as string as ApiKey["tenantId"];
}

/** What a key has of a policy before it is told otherwise: a tier of its own goes before another's level. */
function started(policy: KeyPolicy | undefined, change: KeyPolicyInput): KeyPolicy | undefined {
  if (policy === undefined || change.tier === undefined) return policy;
  const { priority: _, ...rest } = policy;
  return rest;
}

function refusePast(expiresAtMs: number | undefined, nowMs: number): void {
  if (expiresAtMs === undefined || expiresAtMs > nowMs) return;
  throw invalidField("expires_at", "it has passed already");
}

/** What the owner's role does not hold would never count. */
function refuseBeyondRole(scopes: readonly Permission[], { role }: User): void {
  const held = permissionsOf(role);
  const beyond = scopes.find((scope) => !held.has(scope));
  if (beyond !== undefined) throw invalidField("scopes", `its owner is a ${role}, which has no permission ${beyond}`);
}

async function refuseTooMany({ identity, maxKeysPerUser }: KeyParts, { id }: User, nowMs: number): Promise<void> {
  if ((await identity.countWorkingKeys(id, nowMs)) < maxKeysPerUser) return;
  const why = `The user has as many keys that work as a user may have (gateway.max_keys_per_user = ${maxKeysPerUser})`;
  throw new GatewayError("conflict", `${why}: revoke one, or ask an administrator.`);
}

async function refuseNoMember({ identity }: KeyParts, owner: User, team: Team): Promise<void> {
  const memberships = await identity.membershipsOf(owner.id);
  if (memberships.some(({ membership }) => membership.teamId === team.id)) return;
  throw invalidField("team", "the owner of the key is no member of it");
}

import type { keyOperations } from "#core/api/api-key.ts";
import { notThere, requireKey, requireTeam, requireUser } from "#core/administration/find-identity.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import { keyView } from "#core/administration/identity-view.ts";
import { inTurn } from "#core/administration/in-turn.ts";
import { keyEvent, keyEvents } from "#core/administration/key-events.ts";
import { createdKey } from "#core/administration/key-creation.ts";
import { refuseLongerLife } from "#core/administration/key-bounds.ts";
import { KeyMaker } from "#core/administration/key-maker.ts";
import { changedKey, keyChangeOf } from "#core/administration/key-change.ts";
import type { Caller, HandlersOf } from "#core/api/operation.ts";
import { pageFrom } from "#core/api/paging.ts";
import { policyView } from "#core/administration/policy-view.ts";
import { published } from "#core/administration/published.ts";
import { refuseTouchingRoot } from "#core/administration/role-bounds.ts";
import { type ChangeNote, trailOf } from "#core/administration/trail.ts";
import { GatewayError } from "#core/errors.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { KeyQuery } from "#core/identity/identity-store.ts";
import { newSecret } from "#core/identity/new-secret.ts";
import { sightOf } from "#core/identity/sight.ts";
import type { User } from "#core/identity/user.ts";

/** What the administration of keys works on. */
export type KeyParts = Pick<
  HandlerParts,
  | "identity"
  | "ids"
  | "digest"
  | "pepper"
  | "random"
  | "clock"
  | "feed"
  | "keyKind"
  | "levels"
  | "ruledNames"
  | "maxKeysPerUser"
  | "toldEvents"
>;

/** Carries out `/api/v1/keys`. Every change is published under the key's id, so that it counts at once. */
export function keyHandlers(parts: KeyParts): HandlersOf<typeof keyOperations> {
  const { identity, clock, feed, levels } = parts;
  // What is asked before a change, such as how many keys a user has, holds until the change is made.
  const turn = inTurn();
  const noted = (caller: Caller, action: string, key: ApiKey, note: Pick<ChangeNote, "details" | "event"> = {}) =>
    trailOf(parts, caller, { action, target: { kind: "key", id: key.id }, ...note });
  const view = async (id: string) => keyView(await requireKey(identity, id, { all: true }), clock.now());
  return {
    async listKeys({ limit, cursor, ...asked }, caller) {
      const query = await keyQuery(parts, asked, caller);
      const rows = await identity.listKeys({
        ...query,
        limit: limit + 1,
        ...(cursor !== undefined && { after: cursor }),
      });
      const nowMs = clock.now();
      return pageFrom(rows, limit, { view: (key: ApiKey) => keyView(key, nowMs), cursor: ({ id }) => id });
    },
    createKey: (wanted, caller) =>
      turn(async () => {
        const maker = await KeyMaker.of(parts, caller.principal);
        const key = await createdKey(parts, wanted, maker);
        const { text, digest } = newSecret(parts, parts.keyKind);
        const made: ApiKey = { ...key, prefix: digest.prefix };
        const trail = noted(caller, "createKey", made, {
          details: createdDetails(made),
          event: keyEvent("gateway.api_key.issued", made),
        });
        await published(feed, made.id, () => identity.createKey(made, digest, trail));
        return { ...keyView(made, clock.now()), key: text };
      }),
    async findKey({ id }, { principal }) {
      return keyView(await requireKey(identity, id, sightOf(principal)), clock.now());
    },
    updateKey: ({ id, ...input }, caller) =>
      turn(async () => {
        const before = await requireKey(identity, id, sightOf(caller.principal));
        const after = changedKey(before, input, levels.count);
        const maker = await KeyMaker.of(parts, caller.principal);
        maker.refuseLoosening(before, after, await ownerOf(parts, before));
        const details = { fields: Object.keys(input), policy: policyView(after.policy) };
        const trail = noted(caller, "updateKey", after, { details });
        const change = keyChangeOf(input, after);
        await published(feed, before.id, () => identity.updateKey(before.id, change, clock.now(), trail));
        return view(before.id);
      }),
    rotateKey: ({ id, overlap_seconds: overlapSeconds }, caller) =>
      turn(async () => {
        const key = await requireKey(identity, id, sightOf(caller.principal));
        await refuseLearning(parts, key, caller);
        const { text, digest } = newSecret(parts, parts.keyKind);
        const event = keyEvent("gateway.api_key.rotated", key);
        const trail = noted(caller, "rotateKey", key, { details: { overlap_seconds: overlapSeconds }, event });
        const overlapUntilMs = clock.now() + overlapSeconds * 1000;
        const works = await published(feed, key.id, () => identity.rotateKey(key.id, digest, overlapUntilMs, trail));
        if (!works) throw new GatewayError("conflict", `The API key ${key.id} has ended: make another one.`);
        return { ...(await view(key.id)), key: text };
      }),
    async revokeKey({ id }, caller) {
      const sight = sightOf(caller.principal);
      // Who may revoke every key stops this one, though the store may fail before it says whose it is.
      if (!sight.all) await requireKey(identity, id, sight);
      await published(feed, id, async () => {
        const key = await requireKey(identity, id, sight);
        refuseTouchingRoot(await ownerOf(parts, key), caller.principal);
        // To revoke again is no mistake, and nothing happens.
        if (key.revokedAtMs !== undefined) return;
        const trail = noted(caller, "revokeKey", key, { event: keyEvent("gateway.api_key.revoked", key) });
        const made = await keyEvents(parts, caller, { parentId: key.id });
        await identity.revokeKey(key.id, clock.now(), { ...trail, events: [...trail.events, ...made] });
      });
      return view(id);
    },
  };
}

type Asked = Pick<Parameters<HandlersOf<typeof keyOperations>["listKeys"]>[0], "user" | "team" | "label">;

async function keyQuery(
  { identity }: KeyParts,
  { user, team, label }: Asked,
  { principal }: Caller,
): Promise<Omit<KeyQuery, "limit">> {
  const sight = sightOf(principal);
  const owner = user === undefined ? undefined : await requireUser(identity, user, sight);
  const home = team === undefined ? undefined : await requireTeam(identity, team, sight);
  return {
    ...(owner !== undefined && { userId: owner.id }),
    ...(home !== undefined && { teamId: home.id }),
    ...(label !== undefined && { label }),
    ...(!sight.all && { visibleTo: { userId: sight.userId, teamIds: sight.teamIds } }),
  };
}

/** Whoever gives a key a new secret learns it: that must not be more than it holds, unless the key is its own. */
async function refuseLearning(parts: KeyParts, key: ApiKey, { principal }: Caller): Promise<void> {
  const { identity } = parts;
  // Also of the key itself: a secret that was rotated away has an end of its own.
  refuseLongerLife(key.expiresAtMs, principal.expiresAtMs);
  const isOwn = principal.keyId === key.id || (principal.kind === "session" && principal.userId === key.userId);
  if (isOwn) return;
  const maker = await KeyMaker.of(parts, principal);
  const team = key.teamId === undefined ? undefined : await identity.findTeam(key.teamId);
  maker.refuseBeyondItself(key, await ownerOf(parts, key), team);
}

/** The owner of a key; nobody touches keys of one who was erased. */
async function ownerOf({ identity }: KeyParts, key: ApiKey): Promise<User> {
  const owner = await identity.findUser(key.userId);
  if (owner === undefined) throw notThere("API key", key.id);
  return owner;
}

function createdDetails(key: ApiKey): Readonly<Record<string, unknown>> {
  return {
    user_id: key.userId,
    team_id: key.teamId ?? null,
    parent_id: key.parentId ?? null,
    scopes: key.scopes,
    labels: key.labels ?? [],
    addresses: key.addresses ?? [],
    expires_at_ms: key.expiresAtMs ?? null,
    policy: policyView(key.policy),
  };
}

import type { Levels } from "#core/admission/level.ts";
import { notThere } from "#core/administration/find-identity.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import {
  type Ceiling,
  type KeyNames,
  type NamedPolicy,
  refuseBeyond,
  refuseFewerLabels,
  refuseLongerLife,
  refuseWiderAddresses,
} from "#core/administration/key-bounds.ts";
import { refuseOtherRules, refuseRuledName } from "#core/administration/name-bounds.ts";
import { refuseMorePermissions, refuseTouchingRoot } from "#core/administration/role-bounds.ts";
import { GatewayError } from "#core/errors.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import { callerPermissions } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";
import { isAdministrator, permittedScopes } from "#core/identity/role-permissions.ts";
import { sees, sightOf } from "#core/identity/sight.ts";
import type { Team } from "#core/identity/team.ts";
import type { User } from "#core/identity/user.ts";

/** Everything of a key that what its maker holds is compared with. */
export type BoundKey = Pick<
  ApiKey,
  "name" | "userId" | "teamId" | "scopes" | "labels" | "addresses" | "expiresAtMs" | "policy"
>;

type MakerParts = Pick<HandlerParts, "identity" | "levels" | "ruledNames">;

interface MakerKeys {
  readonly key: ApiKey | undefined;
  readonly parent: ApiKey | undefined;
}

/**
 * Whoever makes, changes or renews keys. Administrators of the gateway settle what they like, as far as a key that they call
 * with is not bounded itself; everybody else grants at most what it holds.
 */
export class KeyMaker {
  readonly principal: Principal;
  /** The key that it calls with. */
  readonly key: ApiKey | undefined;
  /** The key that made that one. */
  readonly #parent: ApiKey | undefined;
  readonly #email: string;
  readonly #levels: Levels;
  readonly #ruledNames: readonly string[];

  private constructor(principal: Principal, { key, parent }: MakerKeys, email: string, parts: MakerParts) {
    this.principal = principal;
    this.key = key;
    this.#parent = parent;
    this.#email = email;
    this.#levels = parts.levels;
    this.#ruledNames = parts.ruledNames();
  }

  static async of(parts: MakerParts, principal: Principal): Promise<KeyMaker> {
    const { identity } = parts;
    const { keyId, userId, names } = principal;
    const key = keyId === undefined ? undefined : await identity.findKey(keyId);
    // Whoever has a key and is gone from the store was revoked on the way here.
    if (keyId !== undefined && key === undefined)
      throw new GatewayError("unauthenticated", "The API key is not valid.");
    const parent = key?.parentId === undefined ? undefined : await identity.findKey(key.parentId);
    const user = names !== undefined || userId === undefined ? undefined : await identity.findUser(userId);
    return new KeyMaker(principal, { key, parent }, names?.user ?? user?.email ?? "", parts);
  }

  /** Whether it grants at most what it holds. */
  get bounded(): boolean {
    return !isAdministrator(this.principal);
  }

  /** What its new keys are settled with unless they are told otherwise. */
  startingPolicy(team: Team | undefined): ApiKey["policy"] {
    return this.key?.policy ?? team?.keyPolicy;
  }

  /** A key made by a key shares its limits, and makes none itself: a chain of them would multiply what it was given. */
  refuseChain(): void {
    if (!this.bounded || this.key?.parentId === undefined) return;
    throw new GatewayError("permission_denied", "A key that was made by a key makes no other keys.");
  }

  /** Its new key, or one whose secret it is about to learn, does nothing that it may not do itself. Throws `permission_denied`. */
  refuseBeyondItself(key: BoundKey, owner: User, team: Team | undefined): void {
    refuseTouchingRoot(owner, this.principal);
    refuseMorePermissions(permittedScopes(key.scopes, owner.role), this.principal);
    this.#refuseLongerLife(key);
    this.#refuseWiderAddresses(key);
    for (const ceiling of this.#ceilings(team)) refuseBeyond(named(key, owner.email), ceiling, this.#levels);
    if (!this.bounded) return;
    this.#refuseForeign(key, owner);
    refuseRuledName({ key: key.name, user: owner.email }, this.#names, this.#ruledNames);
    refuseFewerLabels(key.labels ?? [], this.key?.labels ?? []);
  }

  /** Whoever is bounded changes a key to be able to do less, never more. Throws `permission_denied`. */
  refuseLoosening(before: BoundKey, after: BoundKey, owner: User): void {
    refuseTouchingRoot(owner, this.principal);
    const asked = named(after, owner.email);
    if (!this.bounded) {
      if (after.expiresAtMs !== before.expiresAtMs) this.#refuseLongerLife(after);
      if ((after.addresses ?? []).join() !== (before.addresses ?? []).join()) this.#refuseWiderAddresses(after);
      for (const ceiling of this.#ceilings(undefined)) refuseBeyond(asked, ceiling, this.#levels);
      return;
    }
    refuseOtherRules(named(before, owner.email).names, asked.names, this.#ruledNames);
    refuseBeyond(asked, { ...named(before, owner.email), whose: "the key as it is" }, this.#levels);
    refuseLongerLife(after.expiresAtMs, before.expiresAtMs);
    refuseWiderAddresses(after.addresses ?? [], before.addresses ?? []);
    refuseFewerLabels(after.labels ?? [], before.labels ?? []);
  }

  #refuseLongerLife({ expiresAtMs }: BoundKey): void {
    for (const endMs of [this.principal.expiresAtMs, this.#parent?.expiresAtMs]) refuseLongerLife(expiresAtMs, endMs);
  }

  #refuseWiderAddresses({ addresses = [] }: BoundKey): void {
    for (const held of [this.key, this.#parent]) refuseWiderAddresses(addresses, held?.addresses ?? []);
  }

  /** Of another's key it may learn what calls models, in a team that it manages; a key of a team stays in its team. */
  #refuseForeign({ userId, teamId, scopes }: BoundKey, owner: User): void {
    if (this.key?.teamId !== undefined && teamId !== this.key.teamId) {
      throw new GatewayError("permission_denied", "A key of a team makes keys of that team alone.", {
        details: { field: "team" },
      });
    }
    if (userId === this.principal.userId) return;
    if (teamId === undefined || !sees(sightOf(this.principal), { teamId })) throw notThere("user", owner.id);
    const beyond = scopes.find((scope) => !callerPermissions.has(scope));
    if (beyond === undefined) return;
    throw new GatewayError("permission_denied", `A key of another user is given no permission ${beyond}.`, {
      details: { permission: beyond },
    });
  }

  get #names(): KeyNames {
    return this.principal.names ?? { key: "", user: this.#email };
  }

  #ceilings(team: Team | undefined): readonly Ceiling[] {
    const names = this.#names;
    const own: Ceiling[] = [{ policy: this.key?.policy, names, whose: "the caller's own key" }];
    if (this.#parent !== undefined) {
      const ofParent = { policy: this.#parent.policy, names: this.principal.parent?.names ?? names };
      own.push({ ...ofParent, whose: "the key that made the caller's own" });
    }
    if (!this.bounded) return own.filter(({ policy }) => policy !== undefined);
    const settled: Ceiling | undefined = team?.keyPolicy && {
      policy: team.keyPolicy,
      names,
      whose: "a new key of the team",
    };
    if (this.key !== undefined) return settled === undefined ? own : [...own, settled];
    return [settled ?? { policy: undefined, names, whose: "a key for which nothing is settled" }];
  }
}

function named({ policy, name }: BoundKey, email: string): NamedPolicy {
  return { policy, names: { key: name, user: email } };
}

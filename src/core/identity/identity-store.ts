import type { Trail } from "#core/audit/trail.ts";
import type { KeyId, TeamId, UserId } from "#core/effects/ids.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { Membership, Team } from "#core/identity/team.ts";
import type { Role, User } from "#core/identity/user.ts";
import type { QuotaStore } from "#core/limits/quota-store.ts";

/** A key together with its owner, as authentication needs them. */
export interface KeyOwner {
  readonly key: ApiKey;
  readonly user: User;
  /** Teams that the owner manages. */
  readonly adminOf: readonly TeamId[];
  /** Of the key that made it, as that is now; absent where none did, and where there is no such key any more. */
  readonly parent?: KeyOwner;
}

/** A page of a list in order of creation. Asking for one rejects with `invalid_request` where `after` is none of the list. */
export interface Page {
  readonly limit: number;
  /** Id of the last of the page before; in lists by name its name. */
  readonly after?: string;
}

/** Which keys are asked for; all conditions hold. */
export interface KeyQuery extends Page {
  readonly userId?: UserId;
  readonly teamId?: TeamId;
  /** The key that made them. */
  readonly parentId?: KeyId;
  readonly label?: string;
  /** Only keys of this user or of these teams: what the asker may see. */
  readonly visibleTo?: { readonly userId: UserId; readonly teamIds: readonly TeamId[] };
}

/** What changes of a key; a field that is absent stays, `expiresAtMs: null` takes the end away. */
export interface KeyChange {
  readonly name?: string;
  readonly labels?: readonly string[];
  readonly addresses?: readonly string[];
  readonly expiresAtMs?: number | null;
  /** In the place of the whole policy; null settles nothing. */
  readonly policy?: KeyPolicy | null;
}

/** What changes of a user; a field that is absent stays. */
export interface UserChange {
  readonly email?: string;
  readonly name?: string;
  readonly role?: Role;
  readonly status?: User["status"];
}

/**
 * Users, teams and keys, with what is settled for a key and what it has used. Every engine passes `test/stores`. Storage
 * trouble rejects with `storage_failed`, never with 403. Every change writes its trail in its own transaction; one that found
 * nothing to change writes none.
 */
export interface IdentityStore extends QuotaStore {
  /** Rejects with `conflict` when the e-mail is taken. */
  createUser(user: User, trail: Trail): Promise<void>;
  /** Those not erased, oldest first. */
  listUsers(query: Page & { readonly status?: User["status"] }): Promise<readonly User[]>;
  /** By id, e-mail (without case) or unique name; undefined if there is none. Rejects with `conflict` on an ambiguous name. */
  findUser(who: string): Promise<User | undefined>;
  /** True if the user existed. Rejects with `conflict` when the e-mail is taken. */
  updateUser(id: UserId, change: UserChange, trail: Trail): Promise<boolean>;
  /** Forgets name and e-mail, revokes the user's keys and those that they made, ends memberships. Later the user is found by nothing. */
  eraseUser(id: UserId, atMs: number, trail: Trail): Promise<boolean>;
  /** How many users there are of a role that are active. */
  countActive(role: Role): Promise<number>;

  /** Rejects with `conflict` when the name is taken. */
  createTeam(team: Team, trail: Trail): Promise<void>;
  /** By name; only those that `memberId` is a member of, where given. */
  listTeams(query: Page & { readonly memberId?: UserId }): Promise<readonly (Team & { readonly members: number })[]>;
  /** By id or name (without case). */
  findTeam(which: string): Promise<(Team & { readonly members: number }) | undefined>;
  updateTeam(
    id: TeamId,
    change: { readonly name?: string; readonly keyPolicy?: KeyPolicy | null },
    trail: Trail,
  ): Promise<boolean>;
  /** Rejects with `conflict` while keys of the team work at `nowMs`. */
  deleteTeam(id: TeamId, nowMs: number, trail: Trail): Promise<boolean>;
  listMembers(teamId: TeamId): Promise<readonly { readonly membership: Membership; readonly user: User }[]>;
  /** Adds, or changes the role. */
  setMember(membership: Membership, trail: Trail): Promise<void>;
  /** Also revokes the keys that the user has in the team, and those in it that its keys have made. True if there was such a member. */
  removeMember(teamId: TeamId, userId: UserId, atMs: number, trail: Trail): Promise<boolean>;
  membershipsOf(userId: UserId): Promise<readonly { readonly membership: Membership; readonly team: Team }[]>;

  /**
   * Stores the key with its policy; it has used nothing yet. Rejects with `conflict` where its owner is not in its team, or the
   * key that made it was revoked, when it is written.
   */
  createKey(key: ApiKey, digest: KeyDigest, trail: Trail): Promise<void>;
  findKey(id: KeyId): Promise<ApiKey | undefined>;
  listKeys(query: KeyQuery): Promise<readonly ApiKey[]>;
  /** True if the key existed; its usage stays. */
  updateKey(id: KeyId, change: KeyChange, atMs: number, trail: Trail): Promise<boolean>;
  /** True if the key existed; revoking twice keeps the first time. Secrets it was rotated from end too, and the keys that it made. */
  revokeKey(id: KeyId, atMs: number, trail: Trail): Promise<boolean>;
  /** Gives the key a new digest and prefix; the one it had works on until `overlapUntilMs`. True if the key existed and works. */
  rotateKey(
    id: KeyId,
    next: KeyDigest & { readonly prefix: string },
    overlapUntilMs: number,
    trail: Trail,
  ): Promise<boolean>;
  /** The key with this digest or one it was rotated from, revoked and expired ones included; `key.expiresAtMs` is the end of the digest asked for. */
  findKeyByHash(tokenHash: Uint8Array): Promise<KeyOwner | undefined>;
  /** Whether there are keys that were not made here: their text has another form. */
  hasForeignKeys(): Promise<boolean>;
  /** How many keys of a user work at `nowMs`. */
  countWorkingKeys(userId: UserId, nowMs: number): Promise<number>;
  /** Remembers when keys were used last; ids that no key has are passed over. Leaves no trail. */
  saveLastUsed(batch: readonly { readonly keyId: KeyId; readonly atMs: number }[]): Promise<void>;
}

import { addressRange, type AddressRange } from "#core/address-range.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Meter } from "#core/effects/meter.ts";
import { GatewayError } from "#core/errors.ts";
import type { Change, ChangeFeed } from "#core/feed.ts";
import { IdentityHealth, type IdentityHealthParts } from "#core/identity/identity-health.ts";
import type { IdentityStore, KeyOwner } from "#core/identity/identity-store.ts";
import { LookupMeter } from "#core/identity/lookup-meter.ts";
import type { Principal } from "#core/identity/principal.ts";
import { permittedScopes } from "#core/identity/role-permissions.ts";
import { RecentCache } from "#core/recent-cache.ts";

const knownLimit = 10_000;
const unknownLimit = 1_000;
const changedLimit = 1_000;
/** Unknown digests are remembered only this long: enough to blunt a flood, too short to matter to anybody else. */
const unknownForMs = 2_000;
const trialIntervalMs = 1_000;
/** A digest that no key has, to ask whether the store answers at all. */
const nobody = new Uint8Array(32);

/** A key in force, unless it has expired meanwhile. */
export interface KnownKey {
  readonly principal: Principal;
  readonly expiresAtMs: number;
  /** Where it works from: what is in each of these; none for everywhere. */
  readonly addresses: readonly (readonly AddressRange[])[];
  /** How many changes of identity had been heard of when it was looked up. */
  readonly generation: number;
}

/** What the lookup is built from. */
export interface KeyLookupParts extends IdentityHealthParts {
  readonly store: IdentityStore;
  readonly clock: Clock;
  readonly feed: ChangeFeed;
  readonly meter: Meter;
  /** The store's name in metrics. */
  readonly storeLayer: string;
}

/**
 * Finds the key behind a digest: first in memory, then in the store, asked once however many callers wait. When
 * identities change, nothing remembered counts any more and an answer under way is not remembered. While the store
 * fails, `fail_open` still takes what it knew of a key that has not changed since, and `fail_closed` takes nothing.
 *
 * The usage in a principal is as old as its lookup: whoever counts begins with it, and goes by its own from then on.
 */
export class KeyLookup {
  readonly #parts: KeyLookupParts;
  readonly #layer: string;
  readonly #meter: LookupMeter;
  readonly #health: IdentityHealth;
  readonly #known = new RecentCache<KnownKey>(knownLimit);
  readonly #unknownUntil = new RecentCache<number>(unknownLimit);
  readonly #underWay = new Map<string, Promise<KnownKey | undefined>>();
  /** Keys, users and teams by the generation of their last change; only what is known from since then may stand in. */
  readonly #changed = new Map<string, number>();
  #generation = 0;
  /** Whether keys of another form exist, as of a generation. */
  #foreign: { readonly exist: boolean; readonly generation: number } | undefined;

  constructor(parts: KeyLookupParts) {
    this.#parts = parts;
    this.#layer = parts.storeLayer;
    this.#health = new IdentityHealth(parts);
    this.#meter = new LookupMeter(parts.meter, parts.clock);
    parts.feed.subscribe("identity.changed", (change) => this.#forget(change));
  }

  /**
   * Whether the store failed the last time it was asked. While it has, this also asks it again, at most once a second,
   * so that readiness comes back without any caller.
   */
  degraded(): boolean {
    if (this.#health.takeTrial(trialIntervalMs)) this.#askStore(nobody).catch(() => undefined);
    return this.#health.failing;
  }

  /** Undefined for a digest that no key in force has. Rejects with `storage_failed`. */
  find(tokenHash: Uint8Array): KnownKey | undefined | Promise<KnownKey | undefined> {
    const startedAtMs = this.#parts.clock.monotonic();
    const name = tokenHash.toHex();
    const known = this.#known.get(name);
    if (known !== undefined && known.generation === this.#generation && this.#health.memoryCounts) {
      this.#meter.answered("lru", "hit", startedAtMs);
      return known;
    }
    const unknownUntil = this.#unknownUntil.get(name);
    if (unknownUntil !== undefined && startedAtMs < unknownUntil) {
      this.#meter.answered("lru", "hit", startedAtMs);
      return undefined;
    }
    this.#meter.answered("lru", "miss", startedAtMs);
    return this.#underWay.get(name) ?? this.#ask(name, tokenHash);
  }

  /**
   * Whether there is any key that was not made here, so that a text of another form may be one. While the store fails, what it
   * said last; rejects with `storage_failed` when it never said.
   */
  foreignKeys(): boolean | Promise<boolean> {
    if (this.#foreign?.generation === this.#generation) return this.#foreign.exist;
    return this.#askForeign(this.#generation);
  }

  async #askForeign(generation: number): Promise<boolean> {
    try {
      const exist = await this.#parts.store.hasForeignKeys();
      this.#foreign = { exist, generation };
      return exist;
    } catch (thrown) {
      if (this.#foreign === undefined) throw storageFailure(thrown);
      return this.#foreign.exist;
    }
  }

  #ask(name: string, tokenHash: Uint8Array): Promise<KnownKey | undefined> {
    const answer = this.#lookUp(name, tokenHash).finally(() => {
      if (this.#underWay.get(name) === answer) this.#underWay.delete(name);
    });
    this.#underWay.set(name, answer);
    return answer;
  }

  async #lookUp(name: string, tokenHash: Uint8Array): Promise<KnownKey | undefined> {
    const generation = this.#generation;
    let owner: KeyOwner | undefined;
    try {
      owner = await this.#askStore(tokenHash);
    } catch (error) {
      const standIn = this.#standIn(name);
      if (standIn === undefined) throw error;
      return standIn;
    }
    const found = owner === undefined ? undefined : keyInForce(owner, generation);
    if (found === undefined) this.#known.delete(name);
    if (generation === this.#generation) this.#remember(name, found);
    return found;
  }

  async #askStore(tokenHash: Uint8Array): Promise<KeyOwner | undefined> {
    const startedAtMs = this.#parts.clock.monotonic();
    try {
      const owner = await this.#parts.store.findKeyByHash(tokenHash);
      this.#meter.answered(this.#layer, owner === undefined ? "miss" : "hit", startedAtMs);
      this.#health.answered();
      return owner;
    } catch (thrown) {
      const error = storageFailure(thrown);
      this.#meter.answered(this.#layer, "error", startedAtMs);
      this.#health.failed(error);
      throw error;
    }
  }

  /** What was known of a key that has not changed since, where that may stand in for a store that fails. */
  #standIn(name: string): KnownKey | undefined {
    if (this.#health.mode !== "fail_open") return undefined;
    const startedAtMs = this.#parts.clock.monotonic();
    const known = this.#known.get(name);
    if (known === undefined) return undefined;
    if (known.generation < this.#lastChange(known.principal)) return undefined;
    this.#meter.answered("lru", "stale", startedAtMs);
    return known;
  }

  /** The generation in which anything last changed that a caller stands on. */
  #lastChange({ keyId, userId, teamId, parent }: Principal): number {
    const own = [keyId, userId, teamId].map((subject) => this.#changed.get(subject ?? "") ?? 0);
    return Math.max(...own, parent === undefined ? 0 : this.#lastChange(parent));
  }

  #remember(name: string, found: KnownKey | undefined): void {
    if (found === undefined) this.#unknownUntil.set(name, this.#parts.clock.monotonic() + unknownForMs);
    else this.#known.set(name, found);
  }

  #forget({ subject }: Change): void {
    this.#generation += 1;
    this.#unknownUntil.clear();
    this.#underWay.clear();
    if (this.#health.mode === "fail_open" && subject !== undefined && this.#changed.size < changedLimit) {
      this.#changed.set(subject, this.#generation);
      return;
    }
    this.#known.clear();
    this.#changed.clear();
  }
}

/** Whatever a store throws, its caller may come again: nothing is known against the key. */
function storageFailure(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError && thrown.code.startsWith("storage_")) return thrown;
  return new GatewayError("storage_failed", "The API key cannot be looked up.", { cause: thrown });
}

function keyInForce(owner: KeyOwner, generation: number): KnownKey | undefined {
  if (!isInForce(owner)) return undefined;
  return {
    principal: principalOf(owner),
    expiresAtMs: endOf(owner),
    addresses: rangesOf(owner),
    generation,
  };
}

/** Whether a key counts until it ends: it is not revoked, its owner is active, and so it is with the key that made it. */
export function isInForce({ key, user, parent }: KeyOwner): boolean {
  if (key.revokedAtMs !== undefined || user.status !== "active") return false;
  return key.parentId === undefined || (parent !== undefined && isInForce(parent));
}

/** When a key ends: with the key that made it, or before. */
export function endOf({ key, parent }: KeyOwner): number {
  const endMs = key.expiresAtMs ?? Number.POSITIVE_INFINITY;
  return parent === undefined ? endMs : Math.min(endMs, endOf(parent));
}

function rangesOf({ key, parent }: KeyOwner): KnownKey["addresses"] {
  const own = key.addresses?.map(addressRange).filter((range) => range !== undefined);
  return [...(own === undefined ? [] : [own]), ...(parent === undefined ? [] : rangesOf(parent))];
}

/** Who calls with this key. */
export function principalOf({ key, user, adminOf, parent }: KeyOwner): Principal {
  return {
    kind: "key",
    tenantId: key.tenantId,
    userId: user.id,
    keyId: key.id,
    role: user.role,
    permissions: permittedScopes(key.scopes, user.role),
    names: { key: key.name, user: user.email },
    ...(key.teamId === undefined ? {} : { teamId: key.teamId }),
    ...(key.parentId === undefined ? {} : { parentId: key.parentId }),
    ...(parent === undefined ? {} : { parent: principalOf(parent) }),
    ...(adminOf.length === 0 ? {} : { adminOf }),
    ...(key.labels === undefined ? {} : { labels: key.labels }),
    ...(key.expiresAtMs === undefined ? {} : { expiresAtMs: key.expiresAtMs }),
    ...(key.policy === undefined ? {} : { policy: key.policy }),
    ...(key.quotaUsage === undefined ? {} : { quotaUsage: key.quotaUsage }),
  };
}

import type { Clock } from "#core/effects/clock.ts";
import type { Counter, Meter } from "#core/effects/meter.ts";
import { toGatewayError } from "#core/errors.ts";
import type { ChangeFeed } from "#core/feed.ts";
import type { IdentityStore, KeyOwner } from "#core/identity/identity-store.ts";
import type { Principal } from "#core/identity/principal.ts";
import { RecentCache } from "#core/recent-cache.ts";

const knownLimit = 10_000;
const unknownLimit = 1_000;
/** Unknown digests are remembered only this long: enough to blunt a flood, too short to matter to anybody else. */
const unknownForMs = 2_000;

/** A key in force, unless it has expired meanwhile. */
export interface KnownKey {
  readonly principal: Principal;
  readonly expiresAtMs: number;
}

/** What the lookup is built from. */
export interface KeyLookupParts {
  readonly store: IdentityStore;
  readonly clock: Clock;
  readonly feed: ChangeFeed;
  readonly meter: Meter;
  /** The store's name in metrics. */
  readonly storeLayer: string;
}

/**
 * Finds the key behind a digest: first in memory, then in the store, asked once however many callers wait. Everything
 * remembered is dropped when identities change, and an answer that was under way then is not remembered.
 */
export class KeyLookup {
  readonly #parts: KeyLookupParts;
  readonly #layer: string;
  readonly #lookups: Counter;
  readonly #known = new RecentCache<KnownKey>(knownLimit);
  readonly #unknownUntil = new RecentCache<number>(unknownLimit);
  readonly #underWay = new Map<string, Promise<KnownKey | undefined>>();
  #generation = 0;

  constructor(parts: KeyLookupParts) {
    this.#parts = parts;
    this.#layer = parts.storeLayer;
    this.#lookups = parts.meter.counter(
      "tokligence_token_lookup_total",
      "Lookups of API keys by the layer that was asked.",
      ["layer", "result"],
    );
    parts.feed.subscribe("identity.changed", () => this.#forget());
  }

  /** Undefined for a digest that no active key of an active user has. Rejects with `storage_failed`. */
  find(tokenHash: Uint8Array): KnownKey | undefined | Promise<KnownKey | undefined> {
    const name = tokenHash.toHex();
    const known = this.#known.get(name);
    if (known !== undefined) {
      this.#lookups.add(1, "lru", "hit");
      return known;
    }
    const unknownUntil = this.#unknownUntil.get(name);
    if (unknownUntil !== undefined && this.#parts.clock.monotonic() < unknownUntil) {
      this.#lookups.add(1, "lru", "hit");
      return undefined;
    }
    this.#lookups.add(1, "lru", "miss");
    return this.#underWay.get(name) ?? this.#ask(name, tokenHash);
  }

  #ask(name: string, tokenHash: Uint8Array): Promise<KnownKey | undefined> {
    const generation = this.#generation;
    const answer = this.#askStore(tokenHash)
      .then((found) => {
        if (generation === this.#generation) this.#remember(name, found);
        return found;
      })
      .finally(() => {
        if (this.#underWay.get(name) === answer) this.#underWay.delete(name);
      });
    this.#underWay.set(name, answer);
    return answer;
  }

  async #askStore(tokenHash: Uint8Array): Promise<KnownKey | undefined> {
    try {
      const owner = await this.#parts.store.findKeyByHash(tokenHash);
      this.#lookups.add(1, this.#layer, owner === undefined ? "miss" : "hit");
      return owner === undefined ? undefined : keyInForce(owner);
    } catch (error) {
      this.#lookups.add(1, this.#layer, "error");
      throw toGatewayError(error);
    }
  }

  #remember(name: string, found: KnownKey | undefined): void {
    if (found === undefined) this.#unknownUntil.set(name, this.#parts.clock.monotonic() + unknownForMs);
    else this.#known.set(name, found);
  }

  #forget(): void {
    this.#generation += 1;
    this.#known.clear();
    this.#unknownUntil.clear();
    this.#underWay.clear();
  }
}

function keyInForce({ key, user }: KeyOwner): KnownKey | undefined {
  if (key.revokedAtMs !== undefined || user.status !== "active") return undefined;
  return {
    principal: {
      kind: "key",
      tenantId: key.tenantId,
      userId: user.id,
      keyId: key.id,
      permissions: new Set(key.scopes),
    },
    expiresAtMs: key.expiresAtMs ?? Number.POSITIVE_INFINITY,
  };
}

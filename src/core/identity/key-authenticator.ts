import { isWithin } from "#core/address-range.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { Counter } from "#core/effects/meter.ts";
import { GatewayError } from "#core/errors.ts";
import type { Authenticator, Credentials } from "#core/identity/authenticator.ts";
import { hashForeignText, hashKeyText } from "#core/identity/key-digest.ts";
import { parseKeyText } from "#core/identity/key-format.ts";
import { KeyLookup, type KeyLookupParts, type KnownKey } from "#core/identity/key-lookup.ts";
import type { LastUsed } from "#core/identity/last-used.ts";
import { localPrincipal, type Principal } from "#core/identity/principal.ts";

/** What the authenticator is built from. */
export interface KeyAuthenticatorParts extends KeyLookupParts {
  readonly digest: Digest;
  readonly pepper: Uint8Array;
  /** Peppers that keys from elsewhere were stored under; those of now, not of the start. */
  readonly otherPeppers?: () => readonly Uint8Array[];
  /** False in profiles where callers on this machine need no key. */
  readonly keysRequired: boolean;
  /** Remembers when keys were used. */
  readonly lastUsed?: Pick<LastUsed, "mark">;
}

type Hash = (digest: Digest, pepper: Uint8Array, text: string) => Uint8Array;

/**
 * Authenticates by API key. A key of our own format is always verified. Anything else may be a key from another gateway, where
 * such keys were brought in; if it is none it is refused where keys are required, and ignored from loopback where they are
 * not, since every SDK insists on sending something.
 *
 * No key is kept in memory: it is known by its HMAC under the pepper, whose value nobody without the pepper can
 * steer, so that looking it up tells nothing by its timing.
 */
export class KeyAuthenticator implements Authenticator {
  readonly #parts: KeyAuthenticatorParts;
  readonly #digest: Digest;
  readonly #pepper: Uint8Array;
  readonly #clock: Clock;
  readonly #keysRequired: boolean;
  readonly #lookup: KeyLookup;
  readonly #attempts: Counter;

  constructor(parts: KeyAuthenticatorParts) {
    this.#parts = parts;
    this.#digest = parts.digest;
    this.#pepper = parts.pepper;
    this.#clock = parts.clock;
    this.#keysRequired = parts.keysRequired;
    this.#lookup = new KeyLookup(parts);
    this.#attempts = parts.meter.counter("tokligence_auth_attempts_total", "Attempts to authenticate.", [
      "method",
      "result",
    ]);
  }

  /** Whether the identity store failed the last time it was asked; see `KeyLookup.degraded`. */
  degraded(): boolean {
    return this.#lookup.degraded();
  }

  /** Whether, for that, nobody with a key is served. */
  refusing(): boolean {
    return this.degraded() && this.#parts.degradationMode === "fail_closed";
  }

  authenticate(credentials: Credentials): Principal | Promise<Principal> {
    const { presented } = credentials;
    if (presented === undefined || presented === "") return this.#withoutKey(credentials);
    const parsed = parseKeyText(this.#digest, presented);
    if (parsed === "malformed") throw this.#refuse("malformed");
    if (parsed === "foreign") return this.#foreign(presented, credentials);
    const found = this.#lookup.find(hashKeyText(this.#digest, this.#pepper, presented));
    if (found !== undefined && !(found instanceof Promise)) return this.#admit(found, credentials);
    const others = this.#parts.otherPeppers?.() ?? [];
    if (found === undefined && others.length === 0) throw this.#refuse("unknown");
    return this.#counted(async () => {
      const owner = (await found) ?? (await this.#first(presented, others, [hashKeyText]));
      if (owner === undefined) throw this.#refuse("unknown");
      return this.#admit(owner, credentials);
    });
  }

  #foreign(text: string, credentials: Credentials): Principal | Promise<Principal> {
    const exist = this.#lookup.foreignKeys();
    if (exist === false) return this.#notOurs(credentials);
    return this.#counted(async () => {
      const peppers = [this.#pepper, ...(this.#parts.otherPeppers?.() ?? [])];
      const found = (await exist) ? await this.#first(text, peppers, [hashKeyText, hashForeignText]) : undefined;
      return found === undefined ? this.#notOurs(credentials) : this.#admit(found, credentials);
    });
  }

  #notOurs(credentials: Credentials): Principal {
    if (this.#keysRequired) throw this.#refuse("foreign");
    return this.#withoutKey(credentials);
  }

  /** The first key that a text is under one of the peppers, by one of the hashes. */
  async #first(text: string, peppers: readonly Uint8Array[], hashes: readonly Hash[]): Promise<KnownKey | undefined> {
    for (const pepper of peppers) {
      for (const hash of hashes) {
        const found = await this.#lookup.find(hash(this.#digest, pepper, text));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** Whatever is no refusal is an attempt that failed by our own fault. */
  async #counted(work: () => Promise<Principal>): Promise<Principal> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GatewayError && error.code === "unauthenticated")) this.#attempts.add(1, "key", "error");
      throw error;
    }
  }

  #admit(found: KnownKey, credentials: Credentials): Principal {
    const nowMs = this.#clock.now();
    if (found.expiresAtMs <= nowMs) throw this.#refuse("expired");
    if (!found.addresses.every((ranges) => isWithin(credentials.address ?? "", ranges))) {
      throw this.#refuse("elsewhere");
    }
    this.#attempts.add(1, "key", "ok");
    const { principal } = found;
    if (principal.keyId !== undefined) this.#parts.lastUsed?.mark(principal.keyId, nowMs);
    return principal;
  }

  #withoutKey(credentials: Credentials): Principal {
    if (this.#keysRequired) {
      this.#attempts.add(1, "none", "missing");
      throw new GatewayError(
        "unauthenticated",
        "No API key was given. Send one as `Authorization: Bearer tok_live_...` or in the header `x-api-key`.",
      );
    }
    if (!credentials.fromLoopback) {
      this.#attempts.add(1, "local", "remote");
      throw new GatewayError(
        "unauthenticated",
        "Without an API key this gateway answers only callers on its own machine.",
      );
    }
    this.#attempts.add(1, "local", "ok");
    return localPrincipal;
  }

  /** The caller never learns why, only that the key is not accepted. */
  #refuse(result: "malformed" | "foreign" | "unknown" | "expired" | "elsewhere"): GatewayError {
    this.#attempts.add(1, "key", result);
    return new GatewayError("unauthenticated", "The API key is not valid.");
  }
}

import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { Counter } from "#core/effects/meter.ts";
import { GatewayError } from "#core/errors.ts";
import type { Authenticator, Credentials } from "#core/identity/authenticator.ts";
import type { DegradationMode } from "#core/identity/identity-health.ts";
import { hashKeyText } from "#core/identity/key-digest.ts";
import { parseKeyText } from "#core/identity/key-format.ts";
import { KeyLookup, type KeyLookupParts, type KnownKey } from "#core/identity/key-lookup.ts";
import { localPrincipal, type Principal } from "#core/identity/principal.ts";

/** What the authenticator is built from. */
export interface KeyAuthenticatorParts extends KeyLookupParts {
  readonly digest: Digest;
  readonly pepper: Uint8Array;
  /** False in profiles where callers on this machine need no key. */
  readonly keysRequired: boolean;
}

/**
 * Authenticates by API key. A key of our own format is always verified. Anything else is refused where keys are
 * required, and ignored from loopback where they are not, since every SDK insists on sending something.
 *
 * No key is kept in memory: it is known by its HMAC under the pepper, whose value nobody without the pepper can
 * steer, so that looking it up tells nothing by its timing.
 */
export class KeyAuthenticator implements Authenticator {
  readonly #digest: Digest;
  readonly #pepper: Uint8Array;
  readonly #clock: Clock;
  readonly #keysRequired: boolean;
  readonly #lookup: KeyLookup;
  readonly #degradationMode: DegradationMode;
  readonly #attempts: Counter;

  constructor(parts: KeyAuthenticatorParts) {
    this.#digest = parts.digest;
    this.#pepper = parts.pepper;
    this.#clock = parts.clock;
    this.#keysRequired = parts.keysRequired;
    this.#degradationMode = parts.degradationMode;
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
    return this.degraded() && this.#degradationMode === "fail_closed";
  }

  authenticate(credentials: Credentials): Principal | Promise<Principal> {
    const { presented } = credentials;
    if (presented === undefined || presented === "") return this.#withoutKey(credentials);
    const parsed = parseKeyText(this.#digest, presented);
    if (parsed === "malformed") throw this.#refuse("malformed");
    if (parsed === "foreign") {
      if (this.#keysRequired) throw this.#refuse("foreign");
      return this.#withoutKey(credentials);
    }
    const found = this.#lookup.find(hashKeyText(this.#digest, this.#pepper, presented));
    return found instanceof Promise ? this.#whenFound(found) : this.#admit(found);
  }

  async #whenFound(found: Promise<KnownKey | undefined>): Promise<Principal> {
    try {
      return this.#admit(await found);
    } catch (error) {
      if (!(error instanceof GatewayError && error.code === "unauthenticated")) this.#attempts.add(1, "key", "error");
      throw error;
    }
  }

  #admit(found: KnownKey | undefined): Principal {
    if (found === undefined) throw this.#refuse("unknown");
    if (found.expiresAtMs <= this.#clock.now()) throw this.#refuse("expired");
    this.#attempts.add(1, "key", "ok");
    return found.principal;
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
  #refuse(result: "malformed" | "foreign" | "unknown" | "expired"): GatewayError {
    this.#attempts.add(1, "key", result);
    return new GatewayError("unauthenticated", "The API key is not valid.");
  }
}

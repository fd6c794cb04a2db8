import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { DegradationMode } from "#core/identity/identity-health.ts";
import type { IdentityStore, KeyOwner } from "#core/identity/identity-store.ts";
import { KeyAuthenticator, type KeyAuthenticatorParts } from "#core/identity/key-authenticator.ts";
import { hashKeyText } from "#core/identity/key-digest.ts";
import { createKeyText } from "#core/identity/key-format.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { User } from "#core/identity/user.ts";

/** What everything is hashed under. */
export const pepper = new Uint8Array(32).fill(1);

/** The text of `apiKey`, which `user` owns. */
export const key = createKeyText(pureDigest, new SequenceRandom(1), "live");
/** A well-formed key that nobody has. */
export const stranger = createKeyText(pureDigest, new SequenceRandom(9), "live");
export const user: User = {
  id: "usr_1" as UserId,
  tenantId: "usr_1" as TenantId,
  email: "ada@example.com",
  name: "ada",
  role: "gateway_user",
  status: "active",
  createdAtMs: 0,
};
export const apiKey: ApiKey = {
  id: "key_1" as KeyId,
  userId: user.id,
  tenantId: user.tenantId,
  name: "laptop",
  prefix: key.slice(0, 12),
  scopes: ["models:call"],
  createdAtMs: 0,
};

/** A key with its owner as the store tells of them. */
export function owned(key: Partial<ApiKey> = {}, owner: Partial<KeyOwner> = {}): KeyOwner {
  return { key: { ...apiKey, ...key }, user, adminOf: [], ...owner };
}

/** What every refused key is told. */
export const refused = "unauthenticated: The API key is not valid.";

/** Everything around an authenticator, the store a stub that counts its lookups. */
export class IdentityScene {
  readonly clock = new VirtualClock();
  readonly feed = new MemoryChangeFeed();
  readonly meter = new RecordingMeter();
  readonly log = new RecordingLog();
  lookups = 0;
  /** What the store says of the key, and of any other. */
  answer: () => Promise<KeyOwner | undefined> = async () => owned();
  otherwise: () => Promise<KeyOwner | undefined> = async () => undefined;

  /** Digests of keys that were made elsewhere, with what the store says of them. */
  readonly foreign = new Map<string, KeyOwner>();
  foreignAsked = 0;

  authenticator(
    keysRequired: boolean,
    degradationMode: DegradationMode = "disabled",
    more: Partial<KeyAuthenticatorParts> = {},
  ): KeyAuthenticator {
    const { clock, feed, meter, log } = this;
    const findKeyByHash: IdentityStore["findKeyByHash"] = async (tokenHash) => {
      this.lookups += 1;
      const known = pureDigest.equal(tokenHash, hashKeyText(pureDigest, pepper, key));
      return known ? this.answer() : (this.foreign.get(tokenHash.toHex()) ?? this.otherwise());
    };
    const hasForeignKeys = async (): Promise<boolean> => {
      this.foreignAsked += 1;
      return this.foreign.size > 0;
    };
    const store = { findKeyByHash, hasForeignKeys } as IdentityStore;
    const parts = { store, storeLayer: "sqlite", digest: pureDigest, pepper, clock, feed, meter, log };
    return new KeyAuthenticator({ ...parts, keysRequired, degradationMode, ...more });
  }

  fail(): void {
    this.answer = () => Promise.reject(new GatewayError("storage_failed", "The database does not answer."));
  }

  heal(): void {
    this.answer = async () => owned();
  }
}

/** The principal, or the error as `code: message`. */
export async function outcome(
  subject: KeyAuthenticator,
  presented: string | undefined,
  fromLoopback = true,
  address?: string,
): Promise<Principal | string> {
  try {
    return await subject.authenticate({ presented, fromLoopback, address });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

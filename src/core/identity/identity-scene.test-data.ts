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
import { KeyAuthenticator } from "#core/identity/key-authenticator.ts";
import { hashKeyText } from "#core/identity/key-digest.ts";
import { createKeyText } from "#core/identity/key-format.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { User } from "#core/identity/user.ts";

const pepper = new Uint8Array(32).fill(1);

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
  answer: () => Promise<KeyOwner | undefined> = async () => ({ key: apiKey, user });
  otherwise: () => Promise<KeyOwner | undefined> = async () => undefined;

  authenticator(keysRequired: boolean, degradationMode: DegradationMode = "disabled"): KeyAuthenticator {
    const { clock, feed, meter, log } = this;
    const findKeyByHash: IdentityStore["findKeyByHash"] = async (tokenHash) => {
      this.lookups += 1;
      const known = pureDigest.equal(tokenHash, hashKeyText(pureDigest, pepper, key));
      return known ? this.answer() : this.otherwise();
    };
    const store = { findKeyByHash } as IdentityStore;
    const parts = { store, storeLayer: "sqlite", digest: pureDigest, pepper, clock, feed, meter, log };
    return new KeyAuthenticator({ ...parts, keysRequired, degradationMode });
  }

  fail(): void {
    this.answer = () => Promise.reject(new GatewayError("storage_failed", "The database does not answer."));
  }

  heal(): void {
    this.answer = async () => ({ key: apiKey, user });
  }
}

/** The principal, or the error as `code: message`. */
export async function outcome(
  subject: KeyAuthenticator,
  presented: string | undefined,
  fromLoopback = true,
): Promise<Principal | string> {
  try {
    return await subject.authenticate({ presented, fromLoopback });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

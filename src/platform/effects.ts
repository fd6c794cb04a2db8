import { hkdfSync, timingSafeEqual } from "node:crypto";
import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { BudgetId, EventId, Ids, KeyId, NodeId, RequestId, SessionId, TeamId, UserId } from "#core/effects/ids.ts";
import type { Random } from "#core/effects/random.ts";
import { CoarseTimers } from "#platform/coarse-timers.ts";

const coarseFromMs = 1000;

/**
 * The machine's clocks. A pending task keeps the process alive, as callers of `setTimeout` expect. Delays of a second
 * and more may be 100 ms late.
 */
export const systemClock: Clock = createSystemClock();

function createSystemClock(): Clock {
  const monotonic = () => performance.now();
  const deadlines = new CoarseTimers(monotonic);
  return {
    now: () => Date.now(),
    monotonic,
    after(delayMs, task) {
      if (delayMs >= coarseFromMs) return deadlines.after(delayMs, task);
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/** The machine's randomness: the operating system's generator for bytes, the engine's for jitter. */
export const systemRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  uniform: () => Math.random(),
};

/** UUIDv7 (RFC 9562) in lower case behind `req_`, `usr_`, `key_` and the like; rising within one process. */
export const systemIds: Ids = {
  request: () => `req_${Bun.randomUUIDv7()}` as RequestId,
  user: () => `usr_${Bun.randomUUIDv7()}` as UserId,
  key: () => `key_${Bun.randomUUIDv7()}` as KeyId,
  team: () => `team_${Bun.randomUUIDv7()}` as TeamId,
  budget: () => `bud_${Bun.randomUUIDv7()}` as BudgetId,
  session: () => `ses_${Bun.randomUUIDv7()}` as SessionId,
  event: () => `evt_${Bun.randomUUIDv7()}` as EventId,
  node: () => `node_${Bun.randomUUIDv7()}` as NodeId,
};

/** Hashing by the runtime's own BoringSSL. */
export const systemDigest: Digest = {
  sha256(...parts) {
    const hasher = new Bun.CryptoHasher("sha256");
    for (const part of parts) hasher.update(part);
    return plainBytes(hasher.digest());
  },
  hmacSha256: (key, message) => plainBytes(new Bun.CryptoHasher("sha256", key).update(message).digest()),
  hkdfSha256: (secret, info, length) => new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), info, length)),
  crc32: (message) => Bun.hash.crc32(message),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
};

/** A `Buffer` prints, compares and clones in its own way, so core only ever sees the plain kind. */
function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sampleTrail as trail } from "#core/audit/sample-trail.ts";
import type { SessionId } from "#core/effects/ids.ts";
import type { LoginCode, Session, SessionStore } from "#core/session/session-store.ts";
import type { OpenStores } from "./engines.ts";
import { hash, user } from "./sample-identity.ts";

const ada = user("ada");
const bob = user("bob");
const idleMs = 12 * 3_600_000;

function code(seed: number, changes: Partial<LoginCode> = {}): LoginCode {
  const hashes = { challengeHash: hash(seed), codeHash: hash(seed + 100) };
  return { ...hashes, userId: ada.id, createdAtMs: 1_000, expiresAtMs: 2_000, triesLeft: 3, ...changes };
}

function session(seed: number, changes: Partial<Session> = {}): Session {
  const id = `ses_${seed}` as SessionId;
  const times = { createdAtMs: 1_000, lastSeenAtMs: 1_000, expiresAtMs: 1_000_000_000 };
  return { id, userId: ada.id, tokenHash: hash(seed), ...times, ...changes };
}

/** What every engine promises about codes and sessions. */
export function sessionSuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`sessions on ${engine}`, () => {
    let stores: OpenStores;
    let store: SessionStore;
    beforeEach(async () => {
      stores = await open();
      store = stores.sessions;
      for (const person of [ada, bob]) await stores.identity.createUser(person, trail());
    });
    afterEach(() => stores.close());
    const { audit } = trail();
    const records = async () => (await stores.audit.listAudit({ limit: 100 })).length - 2;

    test("a right code is gone once used, a wrong one costs a try, the last try ends it", async () => {
      await store.saveCode(code(1));
      await store.saveCode(code(2));
      expect(await store.tryCode(hash(1), hash(101), 1_999)).toEqual({ outcome: "right", userId: ada.id });
      expect(await store.tryCode(hash(1), hash(101), 1_999)).toEqual({ outcome: "unknown" });
      const wrong = () => store.tryCode(hash(2), hash(101), 1_500);
      expect([await wrong(), await wrong(), await wrong(), await wrong()].map(({ outcome }) => outcome)).toEqual([
        "wrong",
        "wrong",
        "used_up",
        "unknown",
      ]);
    });

    test("a code whose time is over is unknown, right or wrong", async () => {
      await store.saveCode(code(1));
      expect(await store.tryCode(hash(1), hash(101), 2_000)).toEqual({ outcome: "unknown" });
    });

    test("tries that come at once are each counted", async () => {
      await store.saveCode(code(1, { triesLeft: 5 }));
      const tries = await Promise.all(Array.from({ length: 9 }, () => store.tryCode(hash(1), hash(9), 1_500)));
      const outcomes = tries.map(({ outcome }) => outcome).toSorted();
      expect(outcomes).toEqual([...Array(4).fill("unknown"), "used_up", ...Array(4).fill("wrong")]);
    });

    test("a session comes back with its user as the user is now, and its record lies in the audit", async () => {
      await store.createSession(session(1), audit);
      expect(await store.findSession(hash(1))).toEqual({ session: session(1), user: ada });
      expect(await records()).toBe(1);
      await stores.identity.updateUser(ada.id, { role: "gateway_admin" }, trail());
      expect(await store.findSession(hash(1))).toMatchObject({ user: { role: "gateway_admin" } });
      expect(await store.findSession(hash(2))).toBeUndefined();
    });

    test("a new session ends every code of its user, and of nobody else", async () => {
      for (const saved of [code(1), code(2), code(3, { userId: bob.id })]) await store.saveCode(saved);
      await store.createSession(session(1), audit);
      const outcomes = [1, 2, 3].map((seed) => store.tryCode(hash(seed), hash(seed + 100), 1_500));
      expect((await Promise.all(outcomes)).map(({ outcome }) => outcome)).toEqual(["unknown", "unknown", "right"]);
    });

    test("when a session was seen last never goes back", async () => {
      await store.createSession(session(1), audit);
      await store.touchSession(session(1).id, 5_000);
      await store.touchSession(session(1).id, 4_000);
      expect((await store.findSession(hash(1)))?.session.lastSeenAtMs).toBe(5_000);
    });

    test("an ended session is gone, and ending it again leaves no record", async () => {
      await store.createSession(session(1), audit);
      expect(await store.endSession(session(1).id, audit)).toBe(true);
      expect(await store.endSession(session(1).id, audit)).toBe(false);
      expect(await store.findSession(hash(1))).toBeUndefined();
      expect(await records()).toBe(2);
    });

    test("whatever lets one user in without a key ends at once, others' stays", async () => {
      await store.createSession(session(1), audit);
      await store.createSession(session(2), audit);
      await store.createSession(session(3, { userId: bob.id }), audit);
      await store.saveCode(code(4));
      expect(await store.endSessionsOf(ada.id, audit)).toBe(2);
      expect(await store.endSessionsOf(ada.id, audit)).toBe(0);
      expect(await records()).toBe(4);
      const found = await Promise.all([1, 2, 3].map((seed) => store.findSession(hash(seed))));
      expect(found.map((some) => some !== undefined)).toEqual([false, false, true]);
      expect(await store.tryCode(hash(4), hash(104), 1_500)).toEqual({ outcome: "unknown" });
    });

    test("what is over is forgotten in bounded steps, and nothing else", async () => {
      const now = 1_000 + idleMs;
      await store.createSession(session(1), audit);
      await store.createSession(session(2, { lastSeenAtMs: 1_001 }), audit);
      await store.createSession(session(3, { lastSeenAtMs: now, expiresAtMs: now }), audit);
      for (const seed of [4, 5, 6]) await store.saveCode(code(seed, { expiresAtMs: now - 4 + seed, createdAtMs: 1 }));
      expect(await store.sweepSessions(now, 1)).toBe(2);
      expect(await store.sweepSessions(now, 10)).toBe(1);
      expect(await store.sweepSessions(now, 10)).toBe(0);
      expect(await store.findSession(hash(2))).toBeDefined();
      expect(await store.tryCode(hash(5), hash(105), now)).toMatchObject({ outcome: "right" });
    });

    test("whoever gets another e-mail is logged out, and codes that went to the old one are gone", async () => {
      await store.createSession(session(1), audit);
      await store.createSession(session(2, { userId: bob.id }), audit);
      await store.saveCode(code(3));
      await stores.identity.updateUser(ada.id, { email: ada.email.toUpperCase(), name: "Ada" }, trail());
      expect(await store.findSession(hash(1))).toBeDefined();
      await stores.identity.updateUser(ada.id, { email: "ada@new.example" }, trail());
      expect(await store.findSession(hash(1))).toBeUndefined();
      expect(await store.tryCode(hash(3), hash(103), 1_500)).toEqual({ outcome: "unknown" });
      expect(await store.findSession(hash(2))).toBeDefined();
    });

    test("whoever is made inactive or erased is logged out for good", async () => {
      await store.createSession(session(1), audit);
      await store.createSession(session(2, { userId: bob.id }), audit);
      await store.saveCode(code(3));
      for (const status of ["inactive", "active"] as const)
        await stores.identity.updateUser(ada.id, { status }, trail());
      expect(await store.findSession(hash(1))).toBeUndefined();
      expect(await store.tryCode(hash(3), hash(103), 1_500)).toEqual({ outcome: "unknown" });
      expect(await store.findSession(hash(2))).toBeDefined();
      await stores.identity.eraseUser(bob.id, 2_000, trail());
      expect(await store.findSession(hash(2))).toBeUndefined();
    });
  });
}

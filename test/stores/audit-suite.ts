import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createAuditHasher } from "#core/audit/audit-chain.ts";
import type { AuditRecord } from "#core/audit/audit-record.ts";
import { sampleTrail as trail } from "#core/audit/sample-trail.ts";
import type { EventId } from "#core/effects/ids.ts";
import type { LifecycleEvent } from "#core/hooks/lifecycle-event.ts";
import { chainStart } from "#core/ledger/chain.ts";
import { systemDigest } from "#platform/effects.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import type { OpenStores } from "./engines.ts";
import { digest, key, team, user } from "./sample-identity.ts";

const refusal: AuditRecord = {
  atMs: 5_000,
  actor: { kind: "key", userId: "usr_ada", keyId: "key_1" },
  action: "createUser",
  outcome: "refused",
  target: { kind: "operation", id: "createUser" },
  details: { permission: "users:write", nested: { z: 1, a: [true, null, "é"] } },
  requestId: "req_1",
};

/** What every engine promises about the audit. */
export function auditSuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`audit on ${engine}`, () => {
    let stores: OpenStores;
    beforeEach(async () => {
      stores = await open();
    });
    afterEach(() => stores.close());

    test("records come back as they were given, newest first", async () => {
      await stores.audit.appendAudit({ ...refusal, actor: { kind: "system" } });
      await stores.audit.appendAudit(refusal);
      const rows = await stores.audit.listAudit({ limit: 10 });
      expect(rows.map(({ seq }) => seq)).toEqual([2, 1]);
      expect(rows[0]).toMatchObject(refusal);
    });

    test("rows form a chain of hashes, and time never falls along it", async () => {
      for (const atMs of [5_000, 4_000, 6_000]) await stores.audit.appendAudit({ ...refusal, atMs });
      const rows = (await stores.audit.listAudit({ limit: 10 })).toReversed();
      expect(rows.map(({ atMs }) => atMs)).toEqual([5_000, 5_000, 6_000]);
      const hash = createAuditHasher(systemDigest);
      let last = chainStart;
      for (const row of rows) {
        expect(row.prevHash).toEqual(last);
        expect(row.hash).toEqual(hash(last, row));
        last = row.hash;
      }
    });

    test("questions narrow by time, action, actor and target, and pages follow each other", async () => {
      const { audit } = stores;
      await audit.appendAudit(refusal);
      await audit.appendAudit({ ...refusal, atMs: 6_000, action: "createKey", target: { kind: "key", id: "key_9" } });
      await audit.appendAudit({ ...refusal, atMs: 7_000, actor: { kind: "session", userId: "usr_bob" } });
      const seqs = async (query: object) => (await audit.listAudit({ limit: 10, ...query })).map(({ seq }) => seq);
      expect(await seqs({ fromMs: 6_000 })).toEqual([3, 2]);
      expect(await seqs({ toMs: 6_000 })).toEqual([1]);
      expect(await seqs({ action: "createKey" })).toEqual([2]);
      expect(await seqs({ actor: "key_1" })).toEqual([2, 1]);
      expect(await seqs({ actor: "usr_bob" })).toEqual([3]);
      expect(await seqs({ target: "key_9", actor: "usr_ada" })).toEqual([2]);
      expect(await seqs({ limit: 2 })).toEqual([3, 2]);
      expect(await seqs({ limit: 2, beforeSeq: 2 })).toEqual([1]);
    });

    test("a change and its trail happen together, or neither; what changed nothing leaves none", async () => {
      const { identity, audit, events } = stores;
      const event: LifecycleEvent = {
        id: "evt_1" as EventId,
        type: "gateway.user.provisioned",
        atMs: 1,
        tenantId: "usr_ada",
        userId: "usr_ada",
        actorId: "root",
        metadata: { role: "gateway_user" },
      };
      const told = { ...trail("createUser", "usr_ada", 1), events: [event] };
      await identity.createUser(user("ada"), told);
      expect((await events.dueEvents(10, 10)).map((waiting) => waiting.event)).toEqual([event]);
      // The same event again is refused, and so is the change that brings it.
      expect(await rejectionOf(identity.createUser(user("bob"), told))).toBeDefined();
      expect(await identity.findUser("usr_bob")).toBeUndefined();
      await identity.updateUser(user("nobody").id, { name: "x" }, trail());
      await identity.revokeKey(key("1", user("ada")).id, 1, trail());
      await identity.deleteTeam(team("none").id, 1, trail());
      expect(await rejectionOf(identity.createKey(key("1", user("none")), digest(1), trail()))).toBeDefined();
      expect(await audit.listAudit({ limit: 10 })).toHaveLength(1);
    });
  });
}

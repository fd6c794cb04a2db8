import { expect, test } from "bun:test";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { inMemory } from "./engines.ts";
import { user } from "./sample-identity.ts";

test("what stands in the audit is never changed and never taken out", async () => {
  const { stores, database } = inMemory();
  await stores.identity.createUser(user("ada"), sampleTrail("createUser", "usr_ada"));
  const before = await stores.audit.listAudit({ limit: 10 });
  for (const statement of [
    "UPDATE audit SET actor_user_id = 'usr_eve'",
    "UPDATE audit SET details = '{}' WHERE seq = 1",
    "DELETE FROM audit",
    "DELETE FROM audit WHERE seq = 1",
    "INSERT OR REPLACE INTO audit SELECT seq, at, actor_kind, actor_user_id, actor_key_id, 'x', outcome, target_kind, target_id, details, request_id, prev_hash, hash FROM audit",
  ]) {
    expect(() => database.run(statement)).toThrow();
  }
  expect(await stores.audit.listAudit({ limit: 10 })).toEqual(before);
  await stores.close();
});

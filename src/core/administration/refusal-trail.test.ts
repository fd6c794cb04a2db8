import { expect, test } from "bun:test";
import { auditRefusal, auditTriedKeys } from "#core/administration/refusal-trail.ts";
import type { AuditRecord } from "#core/audit/audit-record.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { rootPrincipal } from "#core/identity/principal.ts";

const team = "team_0199f3c2-8f00-7000-8000-000000000001";
const user = "usr_0199f3c2-8f00-7000-8000-000000000002";

function trail() {
  const records: AuditRecord[] = [];
  const audit = { appendAudit: async (record: AuditRecord) => void records.push(record), listAudit: async () => [] };
  return { records, parts: { audit, clock: new VirtualClock(7) } };
}

test("a refusal names the ids that were asked for, and what each is the id of", async () => {
  const { records, parts } = trail();
  await auditRefusal(parts, { principal: rootPrincipal, requestId: "req_1" }, "setTeamMember", { id: team, user });
  expect(records).toEqual([
    {
      atMs: 7,
      actor: { kind: "root" },
      action: "setTeamMember",
      outcome: "refused",
      target: { kind: "team", id: team },
      details: { user },
      requestId: "req_1",
    },
  ]);
});

test.each(["ada@example.com", "Ada", "usr_ada", `${user}%20Ada`, `x${user}`, ""])(
  "what is no id may be the name of somebody, which the audit never holds: %p",
  async (text) => {
    const { records, parts } = trail();
    await auditRefusal(parts, { principal: rootPrincipal }, "deleteUser", { id: text, user: text });
    expect(records).toMatchObject([{ target: { kind: "operation", id: "deleteUser" }, details: {} }]);
  },
);

test("F84 an address that tried keys is named, and nobody as who it was", async () => {
  const { records, parts } = trail();
  await auditTriedKeys(parts, "192.0.2.1", "req_1");
  const target = { kind: "address", id: "192.0.2.1" };
  expect(records).toMatchObject([{ actor: { kind: "system" }, action: "tryKeys", outcome: "refused", target }]);
});

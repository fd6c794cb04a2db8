import { z } from "zod";
import { operation } from "#core/api/operation.ts";
import { pageOf, pageShape, periodShape } from "#core/api/paging.ts";

const text = z.string().min(1).max(254);

/** A row of the audit as listed. */
const auditViewSchema = z.object({
  seq: z.int(),
  at: z.string(),
  actor_kind: z.enum(["root", "session", "key", "local", "system"]),
  actor_user_id: z.string().nullable(),
  actor_key_id: z.string().nullable(),
  action: z.string(),
  outcome: z.enum(["done", "refused"]),
  target_kind: z.string(),
  target_id: z.string(),
  details: z.record(z.string(), z.unknown()),
  request_id: z.string().nullable(),
});
export type AuditView = z.infer<typeof auditViewSchema>;

/** `/api/v1/audit`. */
export const auditOperations = {
  listAudit: operation({
    method: "GET",
    path: "/audit",
    permission: "audit:read",
    summary: "What administrators did, newest first.",
    input: z.strictObject({
      ...periodShape,
      action: text.optional(),
      actor: text.optional(),
      target: text.optional(),
      ...pageShape,
    }),
    output: pageOf(auditViewSchema),
  }),
};

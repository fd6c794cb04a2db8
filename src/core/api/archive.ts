import { z } from "zod";
import { operation } from "#core/api/operation.ts";

/** An absolute path on the machine of the gateway. */
const path = z.string().min(1).max(4_096);
const passphrase = z.string().min(8).max(1_000).optional();
const counts = z.record(z.string(), z.int());

/** One thing that an import did not take as it was. */
const conflictSchema = z.object({ kind: z.string(), id: z.string(), reason: z.string() });

/** `/api/v1/archive`: for whoever may open the control socket. */
export const archiveOperations = {
  exportArchive: operation({
    method: "POST",
    path: "/archive/export",
    permission: "archive:write",
    summary: "Write users, teams, keys, budgets, prices and the books to a file that another gateway can import.",
    input: z.strictObject({ path, passphrase }),
    output: z.object({
      path: z.string(),
      bytes: z.int(),
      sha256: z.string(),
      counts,
      secrets: z.enum(["encrypted", "absent"]),
    }),
  }),
  importArchive: operation({
    method: "POST",
    path: "/archive/import",
    permission: "archive:write",
    summary: "Take what an export holds; what is here already is reported and stays, unless it is to be overwritten.",
    input: z.strictObject({
      path,
      passphrase,
      overwrite: z.boolean().default(false),
      dry_run: z.boolean().default(false),
    }),
    output: z.object({ counts, conflicts: z.array(conflictSchema), notes: z.array(z.string()) }),
  }),
  backup: operation({
    method: "POST",
    path: "/archive/backup",
    permission: "archive:write",
    summary: "Write a consistent copy of the whole data directory to one file, while serving.",
    input: z.strictObject({ path, passphrase }),
    output: z.object({
      path: z.string(),
      bytes: z.int(),
      sha256: z.string(),
      counts,
      secrets: z.enum(["encrypted", "absent"]),
    }),
  }),
};

import { z } from "zod";
import type { ApiDoor } from "#core/api/open-api.ts";
import { operation } from "#core/api/operation.ts";
import { listOf } from "#core/api/paging.ts";
import { exportFormats } from "#core/evidence/export.ts";

/** The chains of the books. */
export const ledgerStreams = ["usage", "transfer", "audit"] as const;
export type LedgerStream = (typeof ledgerStreams)[number];

const chainVerdictSchema = z.object({
  stream: z.enum(ledgerStreams),
  ok: z.boolean(),
  rows: z.int(),
  /** The first row that does not hold, and why; null where all do. */
  bad_seq: z.int().nullable(),
  reason: z.enum(["gap", "broken_link", "foreign_node", "altered", "anchor", "truncated", "unbalanced"]).nullable(),
});
export type ChainVerdictView = z.infer<typeof chainVerdictSchema>;
const streamVerdictSchema = chainVerdictSchema.extend({ anchors: z.int() });
/** A chain of the books of another gateway. */
const importedVerdictSchema = chainVerdictSchema.extend({ node_id: z.string() });

/** One row of a chain as exported: its fields under the names of the columns, money as decimal text, hashes as hex. */
export const ledgerRowSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export type LedgerRowView = z.infer<typeof ledgerRowSchema>;

/** `/api/v1/ledger`. */
export const ledgerOperations = {
  verifyLedger: operation({
    method: "GET",
    path: "/ledger/verification",
    permission: "ledger:read",
    summary:
      "Check every chain, balance and signed anchor of the books, imported ones too, and name the first row that does not hold.",
    input: z.strictObject({ from_seq: z.coerce.number().int().min(1).optional() }),
    output: z.object({
      ok: z.boolean(),
      streams: z.array(streamVerdictSchema),
      imported: z.array(importedVerdictSchema),
      elapsed_ms: z.number(),
    }),
  }),
  listLedgerRows: operation({
    method: "GET",
    path: "/ledger/rows",
    permission: "ledger:read",
    summary: "Rows of a chain in their order, with their hashes.",
    input: z.strictObject({
      stream: z.enum(ledgerStreams).default("usage"),
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(5_000).default(1_000),
    }),
    output: listOf(ledgerRowSchema),
  }),
  listAnchors: operation({
    method: "GET",
    path: "/ledger/anchors",
    permission: "ledger:read",
    summary: "Signed heads of the chains, newest first, and the public key (Ed25519) that they are checked with.",
    input: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }),
    output: z.object({
      public_key: z.string(),
      data: z.array(
        z.object({
          stream: z.enum(ledgerStreams),
          node_id: z.string(),
          seq: z.int(),
          hash: z.string(),
          at: z.string(),
          signature: z.string(),
        }),
      ),
    }),
  }),
};

/** What `/api/v1/ledger/export` is asked. */
export const exportInputSchema = z.strictObject({
  stream: z.enum(ledgerStreams).default("usage"),
  format: z.enum(exportFormats).default("csv"),
});

/** The door that answers a whole chain as text, as the OpenAPI document shows it. */
export const ledgerDoors = {
  exportLedger: {
    method: "GET",
    path: "/ledger/export",
    permission: "ledger:read",
    summary: "A whole chain as CSV, in which no cell can be taken for a formula, or as JSON Lines.",
    input: exportInputSchema,
    output: z.string(),
    media: ["text/csv", "application/jsonl"],
  },
} as const satisfies Readonly<Record<string, ApiDoor>>;

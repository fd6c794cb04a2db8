import { z } from "zod";
import type { ApiDoor } from "#core/api/open-api.ts";
import { operation } from "#core/api/operation.ts";
import { listOf } from "#core/api/paging.ts";
import { anchorLineSchema } from "#core/evidence/anchor-line.ts";
import { exportFormats } from "#core/evidence/export.ts";
import { streams } from "#core/evidence/stream.ts";

/** Anchors of one question: few enough that others get their turn while their signatures are checked. */
export const anchorsAtOnce = 500;

const chainVerdictSchema = z.object({
  stream: z.enum(streams),
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

const anchorFaultSchema = z.object({
  stream: z.enum(streams),
  node_id: z.string(),
  seq: z.int(),
  reason: z.enum(["forged", "foreign_node", "anchor", "truncated"]),
});
/** An anchor that the books do not agree with: the row that it names, and why. */
export type AnchorFaultView = z.infer<typeof anchorFaultSchema>;

/** One row of a chain as exported: its fields under the names of the columns, money as decimal text, hashes as hex. */
export const ledgerRowSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

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
  verifyAnchors: operation({
    method: "POST",
    path: "/ledger/anchors/verification",
    permission: "ledger:read",
    summary:
      "Compare signed anchors that were kept elsewhere, as in the log, with the books, and name those whose row is missing or another one.",
    input: z.strictObject({ anchors: z.array(anchorLineSchema).min(1).max(anchorsAtOnce) }),
    output: z.object({
      ok: z.boolean(),
      /** Anchors of rows that lie in the archive: there is nothing to compare them with. */
      archived: z.int(),
      faults: z.array(anchorFaultSchema),
    }),
  }),
  listLedgerRows: operation({
    method: "GET",
    path: "/ledger/rows",
    permission: "ledger:read",
    summary: "Rows of a chain in their order, with their hashes.",
    input: z.strictObject({
      stream: z.enum(streams).default("usage"),
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
          stream: z.enum(streams),
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
const exportInputSchema = z.strictObject({
  stream: z.enum(streams).default("usage"),
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

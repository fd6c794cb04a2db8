import type { HandlerParts } from "#core/administration/handler-parts.ts";
import type { ledgerOperations } from "#core/api/ledger.ts";
import type { HandlersOf } from "#core/api/operation.ts";
import { timeText } from "#core/api/time-text.ts";
import { anchorOf } from "#core/evidence/anchor-line.ts";
import { exportRow } from "#core/evidence/export-row.ts";
import { verifyAnchors } from "#core/evidence/verify-anchors.ts";
import { verifyBooks } from "#core/evidence/verify-books.ts";
import type { StreamVerdict, VerifyParts } from "#core/evidence/verify.ts";

type Parts = VerifyParts & Pick<HandlerParts, "clock">;

/** `/api/v1/ledger`. */
export function ledgerHandlers(parts: Parts): HandlersOf<typeof ledgerOperations> {
  const { ledger, clock, signer } = parts;
  return {
    async verifyLedger({ from_seq }) {
      const startedMs = clock.monotonic();
      const verdict = await verifyBooks(parts, from_seq);
      const streams = verdict.streams.map((own) => ({ ...verdictView(own), anchors: own.anchors }));
      const imported = verdict.imported.map((chain) => ({ node_id: chain.nodeId, ...verdictView(chain) }));
      const ok = [...streams, ...imported].every((chain) => chain.ok);
      return { ok, streams, imported, elapsed_ms: clock.monotonic() - startedMs };
    },
    async verifyAnchors({ anchors }) {
      const { archived, faults } = await verifyAnchors(parts, anchors.map(anchorOf));
      const views = faults.map(({ anchor: { stream, nodeId, seq }, reason }) => ({
        stream,
        node_id: nodeId,
        seq,
        reason,
      }));
      return { ok: views.length === 0, archived, faults: views };
    },
    async listLedgerRows({ stream, after, limit }) {
      const rows = await ledger.scan(stream, after, limit);
      return { data: rows.map((row) => exportRow(stream, row)) };
    },
    async listAnchors({ limit }) {
      const anchors = await ledger.anchors({ limit });
      return {
        public_key: signer.publicKey.toHex(),
        data: anchors.map(({ stream, nodeId, seq, hash, atMs, signature }) => ({
          stream,
          node_id: nodeId,
          seq,
          hash: hash.toHex(),
          at: timeText(atMs),
          signature: signature.toHex(),
        })),
      };
    },
  };
}

function verdictView({ stream, rows, fault }: Pick<StreamVerdict, "stream" | "rows" | "fault">) {
  return { stream, ok: fault === undefined, rows, bad_seq: fault?.seq ?? null, reason: fault?.reason ?? null };
}

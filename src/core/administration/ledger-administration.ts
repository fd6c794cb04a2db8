import type { HandlerParts } from "#core/administration/handler-parts.ts";
import { type ledgerOperations, ledgerStreams } from "#core/api/ledger.ts";
import type { HandlersOf } from "#core/api/operation.ts";
import { timeText } from "#core/api/time-text.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Signer } from "#core/effects/signer.ts";
import { exportRow } from "#core/evidence/export-row.ts";
import { type StreamVerdict, verifyStream } from "#core/evidence/verify.ts";

/** What the handlers of the books work on. */
export type LedgerHandlerParts = Pick<HandlerParts, "ledger" | "digest"> & {
  readonly clock: Pick<Clock, "monotonic">;
  /** Has the key that anchors are signed with. */
  readonly signer: Signer;
};

/** `/api/v1/ledger`. */
export function ledgerHandlers(parts: LedgerHandlerParts): HandlersOf<typeof ledgerOperations> {
  const { ledger, clock, signer } = parts;
  return {
    async verifyLedger({ from_seq }) {
      const startedMs = clock.monotonic();
      const verdicts: StreamVerdict[] = [];
      for (const stream of ledgerStreams) verdicts.push(await verifyStream(parts, stream, from_seq));
      const unbalanced = await ledger.checkBalance();
      const streams = verdicts.map((verdict) =>
        verdictView(
          verdict.fault === undefined && unbalanced?.stream === verdict.stream
            ? { ...verdict, fault: { seq: unbalanced.seq, reason: "unbalanced" } }
            : verdict,
        ),
      );
      return { ok: streams.every(({ ok }) => ok), streams, elapsed_ms: clock.monotonic() - startedMs };
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

function verdictView({ stream, rows, anchors, fault }: StreamVerdict) {
  return {
    stream,
    ok: fault === undefined,
    rows,
    bad_seq: fault?.seq ?? null,
    reason: fault?.reason ?? null,
    anchors,
  };
}

import type { ImportedChain, RowsCheck } from "#core/evidence/chain-check.ts";
import { checkPageRows, type StreamVerdict, verifyStream, type VerifyParts } from "#core/evidence/verify.ts";
import { type ChainBase, streams } from "#core/evidence/stream.ts";

/** What was found of the chain of another gateway. */
export interface ImportedVerdict extends ImportedChain {
  /** Rows that hold. */
  readonly rows: number;
  readonly fault?: NonNullable<RowsCheck["fault"]>;
}

/** What was found of all that the books hold. */
export interface BooksVerdict {
  readonly streams: readonly StreamVerdict[];
  readonly imported: readonly ImportedVerdict[];
}

/**
 * Verifies every own chain from `fromSeq` on, with anchors and balances, and every imported one in whole. Each verdict names
 * the first row that does not hold.
 */
export async function verifyBooks(parts: VerifyParts, fromSeq?: number): Promise<BooksVerdict> {
  const own: StreamVerdict[] = [];
  for (const stream of streams) own.push(await verifyStream(parts, stream, fromSeq));
  const unbalanced = await parts.ledger.checkBalance();
  const imported: ImportedVerdict[] = [];
  for (const chain of await parts.ledger.importedChains()) imported.push(await verifyImported(parts, chain));
  return {
    streams: own.map((verdict) =>
      verdict.fault === undefined && unbalanced?.stream === verdict.stream
        ? { ...verdict, fault: { seq: unbalanced.seq, reason: "unbalanced" } }
        : verdict,
    ),
    imported,
  };
}

async function verifyImported({ ledger }: VerifyParts, chain: ImportedChain): Promise<ImportedVerdict> {
  let rows = 0;
  let last: ChainBase | undefined;
  for (;;) {
    const page: RowsCheck = await ledger.checkImportedRows(chain, last, checkPageRows);
    rows += page.rows;
    last = page.last;
    if (page.fault !== undefined || page.rows === 0)
      return { ...chain, rows, ...(page.fault && { fault: page.fault }) };
  }
}

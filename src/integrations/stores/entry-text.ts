import type { LedgerEntry } from "#core/ledger/entry.ts";
import type { Settlement } from "#core/ledger/settlement.ts";

/** A ledger entry as JSON: the same names, money as decimal strings, since JSON numbers lose digits. */
type EntryJson = Omit<LedgerEntry, "costNanos" | "overheadNanos"> & {
  costNanos?: string | bigint;
  overheadNanos?: string | bigint;
};
type SettlementJson = Pick<Settlement, "postings"> & { readonly entry: EntryJson };

function toJson(entry: LedgerEntry): EntryJson | LedgerEntry {
  const { costNanos, overheadNanos } = entry;
  if (costNanos === undefined && overheadNanos === undefined) return entry;
  const { costNanos: _, overheadNanos: __, ...others } = entry;
  return {
    ...others,
    ...(costNanos !== undefined && { costNanos: costNanos.toString() }),
    ...(overheadNanos !== undefined && { overheadNanos: overheadNanos.toString() }),
  };
}

/** Turns what was parsed into the entry itself: a copy of every row would cost more than reading it. */
function fromJson(parsed: EntryJson): LedgerEntry {
  if (parsed.costNanos !== undefined) parsed.costNanos = BigInt(parsed.costNanos);
  if (parsed.overheadNanos !== undefined) parsed.overheadNanos = BigInt(parsed.overheadNanos);
  return parsed as LedgerEntry;
}

/** One entry as one line of JSON, without the line break. */
export function encodeEntry(entry: LedgerEntry): string {
  return JSON.stringify(toJson(entry));
}

/** The entry in a line of `encodeEntry`. Throws `SyntaxError` on anything that is not JSON. */
export function decodeEntry(text: string): LedgerEntry {
  return fromJson(JSON.parse(text));
}

/** One settlement as one line of JSON, without the line break. */
export function encodeSettlement({ entry, postings }: Settlement): string {
  return JSON.stringify({ entry: toJson(entry), postings });
}

/** The settlement in a line of `encodeSettlement`, or of `encodeEntry`: so older releases wrote what no budget paid. */
export function decodeSettlement(text: string): Settlement {
  const parsed: SettlementJson | EntryJson = JSON.parse(text);
  if ("entry" in parsed) return { entry: fromJson(parsed.entry), postings: parsed.postings };
  return { entry: fromJson(parsed), postings: [] };
}

/** A batch as one text: for a thread boundary this costs a fifth of cloning the objects. */
export function encodeBatch(batch: readonly Settlement[]): string {
  return JSON.stringify(batch.map(({ entry, postings }) => ({ entry: toJson(entry), postings })));
}

/** The batch in a text of `encodeBatch`. */
export function decodeBatch(text: string): readonly Settlement[] {
  const batch: readonly SettlementJson[] = JSON.parse(text);
  return batch.map(({ entry, postings }) => ({ entry: fromJson(entry), postings }));
}

import type { LedgerEntry } from "#core/ledger/entry.ts";

/** A ledger entry as JSON: the same names, money as a decimal string, since JSON numbers lose digits. */
type EntryJson = Omit<LedgerEntry, "costNanos"> & { costNanos?: string | bigint };

function toJson(entry: LedgerEntry): EntryJson | LedgerEntry {
  if (entry.costNanos === undefined) return entry;
  return { ...entry, costNanos: entry.costNanos.toString() };
}

/** Turns what was parsed into the entry itself: a copy of every row would cost more than reading it. */
function fromJson(parsed: EntryJson): LedgerEntry {
  if (parsed.costNanos !== undefined) parsed.costNanos = BigInt(parsed.costNanos);
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

/** A batch as one text: for a thread boundary this costs a fifth of cloning the objects. */
export function encodeBatch(batch: readonly LedgerEntry[]): string {
  return JSON.stringify(batch.map(toJson));
}

/** The batch in a text of `encodeBatch`. */
export function decodeBatch(text: string): readonly LedgerEntry[] {
  const batch: readonly EntryJson[] = JSON.parse(text);
  return batch.map(fromJson);
}

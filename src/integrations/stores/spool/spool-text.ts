import { GatewayError } from "#core/errors.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import { decodeSettlement, encodeSettlement } from "#integrations/stores/entry-text.ts";

/** Settlements as JSON lines, each ended by a line break. */
export function encodeLines(batch: readonly Settlement[]): Uint8Array {
  return new TextEncoder().encode(batch.map((settlement) => `${encodeSettlement(settlement)}\n`).join(""));
}

/** What is left of a spool after a crash: whole settlements, and how many bytes they take. */
export interface SpoolContent {
  readonly settlements: readonly Settlement[];
  readonly bytes: number;
}

/**
 * Reads JSON lines. A last line that was cut short was never acknowledged and is left out; damage before it throws
 * `storage_corrupt`, since an acknowledged settlement is gone.
 */
export function decodeLines(content: Uint8Array, path: string): SpoolContent {
  const settlements: Settlement[] = [];
  let bytes = 0;
  while (bytes < content.length) {
    const end = content.indexOf(0x0a, bytes);
    if (end === -1) break;
    const settlement = parsed(content.subarray(bytes, end));
    if (settlement === undefined) {
      if (end + 1 === content.length) break;
      throw damaged(path, settlements.length + 1);
    }
    settlements.push(settlement);
    bytes = end + 1;
  }
  return { settlements, bytes };
}

function parsed(line: Uint8Array): Settlement | undefined {
  try {
    return decodeSettlement(new TextDecoder("utf-8", { fatal: true }).decode(line));
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

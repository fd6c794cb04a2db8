import { printLine, printNotice, printTable } from "#cli/output.ts";
import { countText, manyText } from "#cli/quantity-text.ts";
import { textLines } from "#cli/text-file.ts";
import { type AnchorFaultView, anchorsAtOnce } from "#core/api/ledger.ts";
import type { Administration } from "#core/api/operations.ts";
import { GatewayError } from "#core/errors.ts";
import { anchorEvent, type AnchorLine, readAnchorLine } from "#core/evidence/anchor-line.ts";

/** What the books say of the anchors of a log. */
export interface LoggedAnchors {
  readonly anchors: number;
  /** Those whose rows lie in the archive. */
  readonly archived: number;
  readonly faults: readonly AnchorFaultView[];
}

const shownFaults = 20;

/** Why a row does not hold, in words. */
export const faultText = {
  gap: "the row before it is missing",
  broken_link: "it does not follow the row before it",
  foreign_node: "it is another node's",
  altered: "it was altered",
  anchor: "it is not what an anchor has signed",
  truncated: "an anchor has signed it, and it is missing",
  unbalanced: "its transfer and its account do not agree",
  forged: "the anchor that names it is not signed with the key of these books",
} as const;

/**
 * The anchors in a log. Lines that tell of none are passed over, those that are cut or damaged are told on standard error.
 * Throws `usage` when the file cannot be read or has no anchor.
 */
export function readAnchors(path: string): readonly AnchorLine[] {
  const anchors: AnchorLine[] = [];
  let number = 0;
  for (const line of textLines(path)) {
    number += 1;
    const read = readAnchorLine(line);
    if (read === "unreadable") printNotice(`tokligence: ${path}:${number}: an anchor that cannot be read.`);
    else if (read !== undefined) anchors.push(read);
  }
  if (anchors.length > 0) return anchors;
  throw new GatewayError("usage", `--anchors: ${path} has no line ${anchorEvent}.`);
}

/** Has all of them compared with the books, some at a time. */
export async function compareAnchors(
  books: Pick<Administration, "verifyAnchors">,
  anchors: readonly AnchorLine[],
): Promise<LoggedAnchors> {
  const faults: AnchorFaultView[] = [];
  let archived = 0;
  for (let from = 0; from < anchors.length; from += anchorsAtOnce) {
    const found = await books.verifyAnchors({ anchors: anchors.slice(from, from + anchorsAtOnce) });
    archived += found.archived;
    faults.push(...found.faults);
  }
  return { anchors: anchors.length, archived, faults };
}

/** Prints how many agree, and the first that do not. */
export function printAnchors(path: string, { anchors, archived, faults }: LoggedAnchors): void {
  const found = { hold: anchors - archived - faults.length, archived, wrong: faults.length };
  const counts = Object.entries(found).map(([name, count]) => `${name} ${countText(count)}`);
  printLine(`${manyText(anchors, "anchor")} in ${path}: ${counts.join(", ")}.`);
  if (faults.length === 0) return;
  printTable(
    ["CHAIN", "NODE", "ROW", "VERDICT"],
    faults
      .slice(0, shownFaults)
      .map(({ stream, node_id, seq, reason }) => [stream, node_id, countText(seq), faultText[reason]]),
  );
  if (faults.length > shownFaults) printLine(`and ${countText(faults.length - shownFaults)} more`);
}

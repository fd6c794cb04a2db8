import { bytesText, countText } from "#cli/quantity-text.ts";

/** `12 user, 3 team`: what a file holds or an import took; `nothing` where there is nothing. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? "nothing" : some.map(([name, count]) => `${countText(count)} ${name}`).join(", ");
}

/** What was written, in lines. */
export function receiptLines(receipt: {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly secrets: "encrypted" | "absent";
}): string[] {
  const secrets = { encrypted: "encrypted with the passphrase", absent: "left out: no passphrase was given" };
  return [
    `Wrote ${receipt.path} (${bytesText(receipt.bytes)})`,
    `sha256   ${receipt.sha256}`,
    `holds    ${countsText(receipt.counts)}`,
    `secrets  ${secrets[receipt.secrets]}`,
  ];
}

/** What an import took or would take, and what a person should know of it, in lines. */
export function reportLines(
  report: {
    readonly counts: Readonly<Record<string, number>>;
    readonly conflicts: readonly { readonly kind: string; readonly id: string; readonly reason: string }[];
    readonly notes: readonly string[];
  },
  dryRun: boolean,
): string[] {
  return [
    `${dryRun ? "Would take" : "Took"} ${countsText(report.counts)}`,
    ...report.conflicts.map(({ kind, id, reason }) => `conflict  ${kind} ${id}: ${reason}`),
    ...noteLines(report.notes),
  ];
}

/** What a person should know, a line each. */
export function noteLines(notes: readonly string[]): string[] {
  return notes.map((note) => `note      ${note}`);
}

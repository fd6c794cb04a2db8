import { bytesText, countText } from "#cli/quantity-text.ts";

/** What records of a table are to people, where they are not simply called as it is. */
const nouns: Readonly<Record<string, readonly [one: string, many: string]>> = {
  membership: ["membership of a team", "memberships of teams"],
  api_key: ["key", "keys"],
  key_label: ["label of a key", "labels of keys"],
  key_token: ["rotated secret", "rotated secrets"],
  token_metadata: ["policy of a key", "policies of keys"],
  budget_period: ["window of a budget", "windows of budgets"],
  price_version: ["price version", "price versions"],
  usage_event: ["row of usage", "rows of usage"],
  audit: ["row of the audit", "rows of the audit"],
  chain_base: ["archived beginning", "archived beginnings"],
  reported_event: ["report of usage", "reports of usage"],
  imported_row: ["row of other gateways", "rows of other gateways"],
};

/** `12 users, 1 team`: what a file holds or an import took; `nothing` where there is nothing. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? "nothing" : some.map(([table, count]) => recordsText(table, count)).join(", ");
}

function recordsText(table: string, count: number): string {
  const [one, many] = nouns[table] ?? [table, `${table}s`];
  return `${countText(count)} ${count === 1 ? one : many}`;
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
    ...report.conflicts.map(({ kind, id, reason }) => `conflict  ${nouns[kind]?.[0] ?? kind} ${id}: ${reason}`),
    ...noteLines(report.notes),
  ];
}

/** What a person should know, a line each. */
export function noteLines(notes: readonly string[]): string[] {
  return notes.map((note) => `note      ${note}`);
}

import { policyLines } from "#cli/key-policy-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { manyText } from "#cli/quantity-text.ts";
import type { Columns } from "#cli/view-table.ts";
import type { IssuedKeyView, KeyView } from "#core/api/api-key.ts";

/** Keys as a table. */
export const keyColumns: Columns<KeyView> = {
  ID: ({ id }) => id,
  NAME: ({ name }) => name,
  PREFIX: ({ prefix }) => prefix,
  USER: ({ user_id }) => user_id,
  STATUS: ({ status }) => status,
  EXPIRES: ({ expires_at }) => expires_at ?? "never",
  SCOPES: ({ scopes }) => (scopes.length > 3 ? manyText(scopes.length, "scope") : scopes.join(",")),
};

/** What is settled for a key and what it has used, a line for each thing. */
export function keyLines(key: KeyView): string[] {
  const rows: (readonly [string, string | null])[] = [
    ["scopes", key.scopes.join(", ")],
    ["team", key.team_id],
    ["labels", key.labels.join(", ")],
    ["addresses", key.addresses.join(", ")],
    ["last used", key.last_used_at],
  ];
  const own = rows.flatMap(([title, value]) => (value ? [`${title.padEnd(18)} ${value}`] : []));
  return [...own, ...policyLines(key)];
}

/** Prints a key with its secret, which no later answer shows; `more` stands among what is settled for it. */
export function printIssued(
  { json }: { readonly json?: boolean | undefined },
  issued: IssuedKeyView,
  more: readonly string[] = [],
): void {
  if (json === true) {
    printJson(issued);
    return;
  }
  printLine(`id   ${issued.id}`);
  printLine(`key  ${issued.key}`);
  [...keyLines(issued), ...more].forEach(printLine);
  printLine("Keep it: it is not stored and not shown again.");
}

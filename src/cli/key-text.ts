import { policyLines } from "#cli/key-policy-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { manyText } from "#cli/quantity-text.ts";
import type { Columns } from "#cli/view-table.ts";
import type { Names } from "#cli/names.ts";
import type { IssuedKeyView, KeyView } from "#core/api/api-key.ts";
import type { Administration } from "#core/api/operations.ts";

/** Keys as a table. */
export function keyColumns(names: Names): Columns<KeyView> {
  return {
    ID: ({ id }) => id,
    NAME: ({ name }) => name,
    PREFIX: ({ prefix }) => prefix,
    USER: ({ user_id }) => names.of(user_id),
    TEAM: ({ team_id }) => names.of(team_id),
    STATUS: ({ status }) => status,
    EXPIRES: ({ expires_at }) => expires_at ?? "never",
    "LAST USED": ({ last_used_at }) => last_used_at ?? "never",
    SCOPES: ({ scopes }) => (scopes.length > 3 ? manyText(scopes.length, "scope") : scopes.join(",")),
  };
}

/** Finds out whose keys these are. */
export async function learnOwners(names: Names, keys: readonly KeyView[], desk: Administration): Promise<void> {
  await names.learn(
    "user",
    keys.map(({ user_id }) => user_id),
    desk,
  );
  await names.learn(
    "team",
    keys.map(({ team_id }) => team_id),
    desk,
  );
}

/** What is settled for a key and what it has used, a line for each thing. */
export function keyLines(key: KeyView): string[] {
  const rows: (readonly [string, string | null])[] = [
    ["scopes", key.scopes.join(", ")],
    ["team", key.team_id],
    ["expires", key.expires_at],
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

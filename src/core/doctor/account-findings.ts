import { type Finding, sound, warning } from "#core/doctor/finding.ts";

/** Keys and budgets as they stand in the database. */
export interface AccountFacts {
  /** Keys that work now. */
  readonly usable: number;
  /** Names of keys that were not revoked and do not work, because their time is over. */
  readonly expired: readonly string[];
  /** Names of keys that were not revoked and do not work, because their user is not active. */
  readonly idle: readonly string[];
  /** Hard budgets that have nothing left, as people write them. */
  readonly usedUp: readonly {
    readonly scope: string;
    readonly id: string;
    readonly resets: "day" | "month" | "total";
  }[];
}

const mostNames = 5;

/** Keys that do not work although nobody revoked them, and budgets that refuse every call. */
export function accountFindings(facts: AccountFacts, keysRequired: boolean): readonly Finding[] {
  const { usable, expired, idle, usedUp } = facts;
  const found: Finding[] = [];
  if (usable === 0 && keysRequired) {
    const fix = "tokligence user create EMAIL, then: tokligence apikey create EMAIL --name NAME";
    found.push(warning("accounts", "Keys are required and there is none that works.", fix));
  } else if (usable === 0) found.push(sound("accounts", "There is no key, and none is required."));
  else found.push(sound("accounts", `${usable} ${usable === 1 ? "key works" : "keys work"}.`));
  if (expired.length > 0) {
    const fix = "tokligence apikey update KEY --expires TIME, or tokligence apikey revoke KEY";
    found.push(warning("accounts", `Keys whose time is over: ${listed(expired)}.`, fix));
  }
  if (idle.length > 0) {
    const fix = "tokligence user update EMAIL --status active, or tokligence apikey revoke KEY";
    found.push(warning("accounts", `Keys whose user is not active: ${listed(idle)}.`, fix));
  }
  for (const { scope, id, resets } of usedUp) {
    const when = resets === "total" ? "for good" : `until the next UTC ${resets}`;
    const what = `The hard budget of ${scope} is used up: its calls are refused ${when}.`;
    found.push(warning("accounts", what, `tokligence budget update ${id} --limit-usd AMOUNT`));
  }
  return found;
}

function listed(names: readonly string[]): string {
  const more = names.length - mostNames;
  return names.slice(0, mostNames).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

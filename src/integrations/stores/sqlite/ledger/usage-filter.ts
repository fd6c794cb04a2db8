import type { UsageQuery } from "#core/ledger/ledger-store.ts";

/** Whose usage is asked about, and of what; times apart. */
export type UsageNames = Omit<UsageQuery, "fromMs" | "toMs">;

const subjectColumns = { userId: "user_id", teamId: "team_id", keyId: "key_id" } as const;
const targetColumns = { model: "model", provider: "provider", direction: "direction" } as const;

/** The condition on `user_id`, `team_id` and `key_id`; undefined where everybody's usage is asked for. */
export function subjectCondition({ visibleTo, ...names }: UsageNames): string | undefined {
  const conditions = equalities(subjectColumns, names);
  if (visibleTo !== undefined) {
    // In the totals an empty text stands for nobody, which is not whom the asker may see.
    const own = visibleTo.userId === "" ? "0" : "user_id = $seer";
    const teams = visibleTo.teamIds.length === 0 ? "0" : "team_id IN (SELECT value FROM json_each($seenTeams))";
    conditions.push(`(${own} OR ${teams})`);
  }
  return conditions.length === 0 ? undefined : conditions.join(" AND ");
}

/** The condition on `model`, `provider` and `direction`; undefined where all are asked for. */
export function targetCondition(names: UsageNames): string | undefined {
  const conditions = equalities(targetColumns, names);
  return conditions.length === 0 ? undefined : conditions.join(" AND ");
}

/** What the conditions name. */
export function nameBindings({ visibleTo, ...names }: UsageNames): Record<string, string | number> {
  const bindings: Record<string, string | number> = {};
  for (const name of [...keysOf(subjectColumns), ...keysOf(targetColumns)]) {
    const value = names[name];
    if (value !== undefined) bindings[`$${name}`] = value;
  }
  if (visibleTo !== undefined) {
    if (visibleTo.userId !== "") bindings.$seer = visibleTo.userId;
    if (visibleTo.teamIds.length > 0) bindings.$seenTeams = JSON.stringify(visibleTo.teamIds);
  }
  return bindings;
}

function equalities<Name extends keyof UsageNames>(
  columns: Readonly<Record<Name, string>>,
  names: Omit<UsageNames, "visibleTo">,
): string[] {
  return keysOf(columns)
    .filter((name) => (names as UsageNames)[name] !== undefined)
    .map((name) => `${columns[name]} = $${name}`);
}

function keysOf<Name extends string>(columns: Readonly<Record<Name, string>>): readonly Name[] {
  return Object.keys(columns) as Name[];
}

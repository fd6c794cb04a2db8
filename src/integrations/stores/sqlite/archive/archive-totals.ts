import type { Database } from "bun:sqlite";
import { counters, dayMs, hourMs } from "#integrations/stores/sqlite/ledger/totals.ts";

const subjectNames = "key_id, user_id, team_id, tenant_id";
const targetNames = "model, provider, direction";

/** Adds the usage of a staged archive after `afterSeq` to the totals of this gateway. */
export function addImportedTotals(database: Database, afterSeq: number): void {
  const run = (sql: string): void => {
    database.run(sql, [afterSeq]);
  };
  run(`INSERT INTO main.usage_subject (${subjectNames})
       SELECT DISTINCT ${subjectNames} FROM staged.usage_counted WHERE seq > ? ON CONFLICT DO NOTHING`);
  run(`INSERT INTO main.usage_target (${targetNames})
       SELECT DISTINCT ${targetNames} FROM staged.usage_counted WHERE seq > ? ON CONFLICT DO NOTHING`);
  const subjects = `JOIN main.usage_subject AS s USING (${subjectNames})`;
  run(addition("usage_hour", "hour, target", `at / ${hourMs}, t.id`, ""));
  run(addition("usage_day", "day, subject, target", `at / ${dayMs}, s.id, t.id`, subjects));
}

function addition(table: string, place: string, cell: string, joined: string): string {
  const sums = counters.map((name) => `${name} = CAST(${name} + excluded.${name} AS INTEGER)`);
  return `INSERT INTO main.${table} (${place}, ${counters.join(", ")})
    SELECT ${cell}, ${counters.map((name) => `sum(${name})`).join(", ")}
      FROM staged.usage_counted ${joined} JOIN main.usage_target AS t USING (${targetNames})
     WHERE seq > ? GROUP BY ${place
       .split(",")
       .map((_, index) => index + 1)
       .join(", ")}
    ON CONFLICT DO UPDATE SET ${sums.join(", ")}`;
}

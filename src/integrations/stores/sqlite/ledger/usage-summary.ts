import type { Database, SQLQueryBindings } from "bun:sqlite";
import type { UsageGroup, UsageQuery, UsageTotal } from "#core/ledger/ledger-store.ts";
import { counters, dayMs, hourMs } from "#integrations/stores/sqlite/ledger/totals.ts";
import {
  nameBindings,
  subjectCondition,
  targetCondition,
  type UsageNames,
} from "#integrations/stores/sqlite/ledger/usage-filter.ts";

type SummaryQuery = UsageQuery & { readonly groupBy: readonly UsageGroup[]; readonly limit: number };
type SummaryRecord = Readonly<Record<UsageGroup | (typeof counters)[number], string | number | null>>;

/** Where a dimension stands in rows and totals alike, `null` for none. */
const columns: Readonly<Record<UsageGroup, string>> = {
  day: `at / ${dayMs} * ${dayMs}`,
  hour: `at / ${hourMs} * ${hourMs}`,
  provider: "nullif(provider, '')",
  model: "model",
  tenant: "tenant_id",
  team: "nullif(team_id, '')",
  user: "nullif(user_id, '')",
  key: "nullif(key_id, '')",
  direction: "direction",
};

const subjectGroups: ReadonlySet<UsageGroup> = new Set(["tenant", "team", "user", "key"]);

const sumOfEach = counters
  .map((name) => (name.endsWith("_nanos") ? `CAST(sum(${name}) AS TEXT) AS ${name}` : `sum(${name}) AS ${name}`))
  .join(", ");
const innerSums = counters.map((name) => `sum(${name}) AS ${name}`).join(", ");

/** A part of the time asked for that is read in one way. Bounds as `at`; rows by their numbers. */
interface Part {
  readonly sql: string;
  readonly bindings: Readonly<Record<string, number>>;
}

/**
 * `LedgerStore.summary`: whole hours or days come from the totals, what is left at both ends from the rows themselves, so
 * that every sum is exact. `firstSeqFrom` says which row is the first at a time or later.
 */
export function usageSummary(
  database: Database,
  query: SummaryQuery,
  firstSeqFrom: (atMs: number) => number,
): readonly UsageTotal[] {
  const { groupBy, limit } = query;
  const parts = partsOf(query, firstSeqFrom);
  if (parts.length === 0) return [];
  const groups = [...new Set(groupBy)];
  const dimensions = groups.map((group) => `${columns[group]} AS "${group}"`);
  const named = groups.map((group) => `"${group}"`);
  const order = [...named.filter((name) => isTime(name.slice(1, -1))), "requests DESC", ...named].join(", ");
  const sql = `SELECT ${[...dimensions, sumOfEach].join(", ")} FROM (${parts.map((part) => part.sql).join(" UNION ALL ")})
    GROUP BY ${named.length === 0 ? "NULL" : named.join(", ")} ORDER BY ${order} LIMIT $limit`;
  const bindings: Record<string, string | number> = { ...nameBindings(query), $limit: limit };
  for (const part of parts) Object.assign(bindings, part.bindings);
  // Not kept: there are more combinations than are worth a place in memory.
  using statement = database.prepare<SummaryRecord, SQLQueryBindings>(sql);
  return statement.all(bindings).map((record) => toTotal(record, groups));
}

function isTime(group: string): boolean {
  return group === "hour" || group === "day";
}

function partsOf(query: SummaryQuery, firstSeqFrom: (atMs: number) => number): readonly Part[] {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, groupBy } = query;
  const ofSubjects = subjectCondition(query) !== undefined || groupBy.some((group) => subjectGroups.has(group));
  const seqFrom = (atMs: number): number => (Number.isFinite(atMs) ? firstSeqFrom(atMs) : atMs < 0 ? 0 : lastSeq);
  // Nobody keeps totals of every key by the hour: they would hardly be fewer than the rows.
  if (ofSubjects && groupBy.includes("hour")) return [rowsPart(query, "Only", seqFrom(fromMs), seqFrom(toMs))];
  const windowMs = ofSubjects ? dayMs : hourMs;
  const first = Math.ceil(fromMs / windowMs);
  const end = Math.floor(toMs / windowMs);
  if (first >= end) return fromMs < toMs ? [rowsPart(query, "Only", seqFrom(fromMs), seqFrom(toMs))] : [];
  const parts = [ofSubjects ? dayPart(query, first, end) : hourPart(query, first, end)];
  if (first * windowMs > fromMs) parts.push(rowsPart(query, "Head", seqFrom(fromMs), seqFrom(first * windowMs)));
  if (end * windowMs < toMs) parts.push(rowsPart(query, "Tail", seqFrom(end * windowMs), seqFrom(toMs)));
  return parts;
}

const lastSeq = Number.MAX_SAFE_INTEGER;
const outputColumns = [
  "at",
  "tenant_id",
  "team_id",
  "user_id",
  "key_id",
  "model",
  "provider",
  "direction",
  ...counters,
];

function rowsPart(names: UsageNames, name: string, fromSeq: number, toSeq: number): Part {
  const conditions = [subjectCondition(names), targetCondition(names)].filter((each) => each !== undefined);
  const range = [`seq >= $from${name}`, `seq < $to${name}`, ...conditions].join(" AND ");
  return {
    sql: `SELECT ${outputColumns.join(", ")} FROM usage_counted WHERE ${range}`,
    bindings: { [`$from${name}`]: fromSeq, [`$to${name}`]: toSeq },
  };
}

function hourPart(query: SummaryQuery, first: number, end: number): Part {
  const timed = query.groupBy.some(isTime);
  const sql = `SELECT at, NULL AS tenant_id, NULL AS team_id, NULL AS user_id, NULL AS key_id, model, provider, direction,
    ${counters.join(", ")} FROM (SELECT ${timed ? `hour * ${hourMs}` : "0"} AS at, target, ${innerSums} FROM usage_hour
    WHERE hour >= $firstHour AND hour < $endHour ${targets(query)} GROUP BY 1, 2) JOIN usage_target ON id = target`;
  return { sql, bindings: { $firstHour: windowNumber(first), $endHour: windowNumber(end) } };
}

/** Cells are added up by number before they get their names: that is what makes it quick. */
function dayPart(query: SummaryQuery, first: number, end: number): Part {
  const { groupBy } = query;
  const place = [
    groupBy.includes("day") ? `day * ${dayMs} AS at` : "0 AS at",
    groupBy.some((group) => subjectGroups.has(group)) ? "subject" : "0 AS subject",
    groupBy.some((group) => group === "model" || group === "provider" || group === "direction")
      ? "target"
      : "0 AS target",
  ];
  const condition = subjectCondition(query);
  const subjects = condition === undefined ? "" : `AND subject IN (SELECT id FROM usage_subject WHERE ${condition})`;
  const sql = `SELECT at, tenant_id, team_id, user_id, key_id, model, provider, direction, ${counters.join(", ")}
    FROM (SELECT ${place.join(", ")}, ${innerSums} FROM usage_day
      WHERE day >= $firstDay AND day < $endDay ${subjects} ${targets(query)} GROUP BY 1, 2, 3) AS c
    LEFT JOIN usage_subject AS s ON s.id = c.subject LEFT JOIN usage_target AS t ON t.id = c.target`;
  return { sql, bindings: { $firstDay: windowNumber(first), $endDay: windowNumber(end) } };
}

function targets(query: UsageNames): string {
  const condition = targetCondition(query);
  return condition === undefined ? "" : `AND target IN (SELECT id FROM usage_target WHERE ${condition})`;
}

/** Without a bound on that side: further than any window. */
function windowNumber(window: number): number {
  return Math.max(-lastSeq, Math.min(lastSeq, window));
}

function toTotal(record: SummaryRecord, groups: readonly UsageGroup[]): UsageTotal {
  const count = (name: (typeof counters)[number]): number => Number(record[name]);
  return {
    group: Object.fromEntries(groups.map((group) => [group, record[group] ?? undefined])),
    requests: count("requests"),
    failed: count("failed"),
    aborted: count("aborted"),
    inputTokens: count("input_tokens"),
    cachedTokens: count("cached_tokens"),
    cacheWriteTokens: count("cache_write_tokens"),
    outputTokens: count("output_tokens"),
    reasoningTokens: count("reasoning_tokens"),
    costNanos: BigInt(record.cost_nanos ?? 0),
    overheadNanos: BigInt(record.overhead_nanos ?? 0),
    unpriced: count("unpriced"),
  };
}

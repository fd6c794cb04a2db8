import type { LedgerRow } from "#core/ledger/entry.ts";
import type { LedgerStore, UsageGroup, UsageTotal } from "#core/ledger/ledger-store.ts";

/** What `LedgerStore.summary` is asked. */
export type SummaryQuery = Parameters<LedgerStore["summary"]>[0];

/** The summary as whoever reads every row would make it, without order and limit. */
export function naiveSummary(rows: readonly LedgerRow[], query: SummaryQuery): readonly UsageTotal[] {
  const totals = new Map<string, UsageTotal>();
  for (const row of rows.filter((each) => asked(each, query))) {
    const group = Object.fromEntries(query.groupBy.map((name) => [name, dimensions[name](row)]));
    const key = JSON.stringify(query.groupBy.map((name) => group[name] ?? null));
    totals.set(key, added(totals.get(key) ?? { group, ...nothing }, row));
  }
  return [...totals.values()];
}

const dimensions: Readonly<Record<UsageGroup, (row: LedgerRow) => string | number | undefined>> = {
  day: ({ atMs }) => Math.floor(atMs / 86_400_000) * 86_400_000,
  hour: ({ atMs }) => Math.floor(atMs / 3_600_000) * 3_600_000,
  provider: ({ provider }) => provider,
  model: modelOf,
  tenant: ({ tenantId }) => tenantId,
  team: ({ teamId }) => teamId,
  user: ({ userId }) => userId,
  key: ({ keyId }) => keyId,
  direction: ({ direction }) => direction,
};

const nothing = {
  requests: 0,
  failed: 0,
  aborted: 0,
  inputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costNanos: 0n,
  overheadNanos: 0n,
  unpriced: 0,
};

function modelOf({ model, requestedModel }: LedgerRow): string {
  return model ?? requestedModel;
}

/** Whether the question is about the row. */
export function asked(row: LedgerRow, query: Omit<SummaryQuery, "groupBy" | "limit">): boolean {
  const { fromMs = -Infinity, toMs = Infinity, userId, teamId, keyId, model, provider, direction, visibleTo } = query;
  const same = (wanted: string | undefined, is: string | undefined): boolean => wanted === undefined || wanted === is;
  const seen =
    visibleTo === undefined ||
    (row.userId !== undefined && row.userId === visibleTo.userId) ||
    (row.teamId !== undefined && visibleTo.teamIds.includes(row.teamId));
  return (
    row.atMs >= fromMs &&
    row.atMs < toMs &&
    same(userId, row.userId) &&
    same(teamId, row.teamId) &&
    same(keyId, row.keyId) &&
    same(model, modelOf(row)) &&
    same(provider, row.provider) &&
    same(direction, row.direction) &&
    seen
  );
}

function added(total: UsageTotal, row: LedgerRow): UsageTotal {
  const { inputTokens = 0, outputTokens = 0 } = row;
  return {
    ...total,
    requests: total.requests + 1,
    failed: total.failed + Number(row.outcome === "failed"),
    aborted: total.aborted + Number(row.outcome === "aborted"),
    inputTokens: total.inputTokens + inputTokens,
    cachedTokens: total.cachedTokens + (row.cachedTokens ?? 0),
    cacheWriteTokens: total.cacheWriteTokens + (row.cacheWriteTokens ?? 0),
    outputTokens: total.outputTokens + outputTokens,
    reasoningTokens: total.reasoningTokens + (row.reasoningTokens ?? 0),
    costNanos: total.costNanos + (row.costNanos ?? 0n),
    overheadNanos: total.overheadNanos + (row.overheadNanos ?? 0n),
    unpriced: total.unpriced + Number(row.costNanos === undefined && inputTokens + outputTokens > 0),
  };
}

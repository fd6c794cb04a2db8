import type { HandlerParts } from "#core/administration/handler-parts.ts";
import type { HandlersOf } from "#core/api/operation.ts";
import { pageFrom, seqOfCursor } from "#core/api/paging.ts";
import { usageQuery } from "#core/administration/usage-filters.ts";
import { UsageReports, type UsageReportParts } from "#core/administration/usage-reports.ts";
import { usageLogView, usageTotalView } from "#core/administration/usage-view.ts";
import type { usageOperations } from "#core/api/usage.ts";
import { sightOf } from "#core/identity/sight.ts";

/** Carries out `/api/v1/usage`. Whoever sees not all gets totals and rows of its own and of the teams it manages. */
export function usageHandlers(
  parts: Pick<HandlerParts, "ledger" | "identity"> & UsageReportParts,
): HandlersOf<typeof usageOperations> {
  const { ledger, identity } = parts;
  const reports = new UsageReports(parts);
  return {
    async usageSummary({ group_by, limit, ...filters }, { principal }) {
      const query = await usageQuery(identity, filters, sightOf(principal));
      const totals = await ledger.summary({ ...query, groupBy: group_by, limit });
      return { data: totals.map(usageTotalView) };
    },

    async usageLogs({ limit, cursor, outcome, request_id, ...filters }, { principal }) {
      const query = await usageQuery(identity, filters, sightOf(principal));
      const rows = await ledger.logs({
        ...query,
        ...(outcome !== undefined && { outcome }),
        ...(request_id !== undefined && { requestId: request_id }),
        ...(cursor !== undefined && { beforeSeq: seqOfCursor(cursor) }),
        limit: limit + 1,
      });
      return pageFrom(rows, limit, { view: usageLogView, cursor: ({ seq }) => String(seq) });
    },

    reportUsage: async (report, caller) => usageLogView(await reports.take(report, caller)),
  };
}

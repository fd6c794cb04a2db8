import { defineCommand } from "citty";
import { withAdministration } from "#cli/administration.ts";
import { readTime } from "#cli/time.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { printJson, printLine, printTable } from "#cli/output.ts";
import type { UsageLogView, UsageTotalView } from "#core/api/usage.ts";
import { GatewayError } from "#core/errors.ts";

const period = {
  from: { type: "string", valueHint: "when", description: "Since: 7d (ago), 2026-01-31 or an RFC 3339 time" },
  to: { type: "string", valueHint: "when", description: "Before that time" },
} as const;

const summary = defineCommand({
  meta: { description: "Totals by provider and model" },
  args: { ...period, ...globalFlags },
  async run({ args }) {
    const query = readPeriod(args.from, args.to);
    const totals = await withAdministration(loadFromFlags(args), (administration) =>
      administration.usageSummary(query),
    );
    if (args.json) return totals.forEach(printJson);
    if (totals.length === 0) return printLine("No requests yet.");
    const titles = [
      "PROVIDER",
      "MODEL",
      "REQUESTS",
      "FAILED",
      "ABORTED",
      "INPUT",
      "CACHED",
      "OUTPUT",
      "REASONING",
      "COST USD",
      "UNPRICED",
    ];
    printTable(titles, totals.map(totalRow));
  },
});

const logs = defineCommand({
  meta: { description: "Requests, newest first" },
  args: {
    ...period,
    limit: { type: "string", valueHint: "n", description: "At most so many, 1 to 1000", default: "50" },
    ...globalFlags,
  },
  async run({ args }) {
    const query = { ...readPeriod(args.from, args.to), limit: readLimit(args.limit) };
    const rows = await withAdministration(loadFromFlags(args), (administration) => administration.usageLogs(query));
    if (args.json) return rows.forEach(printJson);
    if (rows.length === 0) return printLine("No requests yet.");
    const titles = ["AT", "REQUEST", "PROVIDER", "MODEL", "OUTCOME", "STATUS", "INPUT", "OUTPUT", "COST USD", "MS"];
    printTable(titles, rows.map(logRow));
  },
});

/** `tokligence usage`. */
export default defineCommand({
  meta: { description: "What was used and what it cost" },
  subCommands: { summary, logs },
});

function totalRow(total: UsageTotalView): string[] {
  const counts = [total.requests, total.failed, total.aborted, total.input_tokens, total.cached_tokens];
  const more = [total.output_tokens, total.reasoning_tokens, total.cost_usd, total.unpriced_requests];
  return [total.provider ?? "", total.model, ...[...counts, ...more].map(String)];
}

function logRow(row: UsageLogView): string[] {
  const outcome = row.error_code === null ? row.outcome : `${row.outcome} ${row.error_code}`;
  const figures = [row.http_status, row.input_tokens, row.output_tokens, row.cost_usd, Math.round(row.latency_ms)];
  const names = [row.at, row.request_id, row.provider ?? "", row.model ?? row.requested_model, outcome];
  return [...names, ...figures.map((figure) => (figure === null ? "" : String(figure)))];
}

function readPeriod(
  from: string | undefined,
  to: string | undefined,
): { readonly from?: string; readonly to?: string } {
  const now = Date.now();
  return {
    ...(from === undefined ? {} : { from: readTime(from, now, "past") }),
    ...(to === undefined ? {} : { to: readTime(to, now, "past") }),
  };
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new GatewayError("usage", "--limit is a whole number from 1 to 1000.");
}

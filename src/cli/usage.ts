import { defineCommand } from "citty";
import { withAdministration } from "#cli/administration.ts";
import { inputOf } from "#cli/ask.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { Names } from "#cli/names.ts";
import { oneOf, oneOfIfGiven } from "#cli/one-of.ts";
import { everyPage, readLimit } from "#cli/pages.ts";
import { periodArgs, readPeriod } from "#cli/period-flags.ts";
import { type Columns, printViews } from "#cli/view-table.ts";
import { type UsageDimension, type UsageLogView, type UsageTotalView, usageDimensions } from "#core/api/usage.ts";

const directions = ["consume", "supply"] as const;
const outcomes = ["finished", "failed", "aborted"] as const;

const filterArgs = {
  ...periodArgs,
  user: { type: "string", valueHint: "who", description: "Only of this user: id, e-mail or name" },
  team: { type: "string", valueHint: "team", description: "Only of this team: id or name" },
  key: { type: "string", valueHint: "id", description: "Only of this key" },
  model: { type: "string", valueHint: "name", description: "Only of this model" },
  provider: { type: "string", valueHint: "name", description: "Only of this provider" },
  direction: { type: "string", valueHint: "way", description: "consume or supply" },
} as const;

const summary = defineCommand({
  meta: { description: "Totals, by provider and model if nothing else is said" },
  args: {
    by: {
      type: "string",
      valueHint: "names",
      description: `Split by: ${usageDimensions.join(", ")}`,
      default: "provider,model",
    },
    ...filterArgs,
    ...globalFlags,
  },
  async run({ args }) {
    const by = args.by.split(",").map((name) => oneOf("--by", usageDimensions, name.trim()));
    const input = inputOf("usageSummary", { group_by: by.join(","), ...readFilter(args) }, { group_by: "--by" });
    const names = new Names();
    const totals = await withAdministration(loadFromFlags(args), async (administration) => {
      const { data } = await administration.usageSummary(input);
      if (args.json === true) return data;
      for (const kind of namedKinds)
        await names.learn(
          kind,
          data.map((total) => total[kind]),
          administration,
        );
      return data;
    });
    printViews(totals, { ...groupColumns(by, names), ...totalColumns }, { json: args.json, none: "No requests." });
  },
});

const logs = defineCommand({
  meta: { description: "Requests, newest first" },
  args: {
    ...filterArgs,
    outcome: { type: "string", valueHint: "outcome", description: `Only ${outcomes.join(", ")} ones` },
    request: { type: "string", valueHint: "id", description: "Only the request of this id" },
    limit: { type: "string", valueHint: "n", description: "At most so many", default: "50" },
    ...globalFlags,
  },
  async run({ args }) {
    const outcome = oneOfIfGiven("--outcome", outcomes, args.outcome);
    const typed = { ...readFilter(args), outcome, request_id: args.request };
    const filter = inputOf("usageLogs", typed, { request_id: "--request" });
    const rows = await everyPage(args, readLimit(args.limit), (administration, page) =>
      administration.usageLogs({ ...filter, ...page }),
    );
    printViews(rows, logColumns, { json: args.json, none: "No requests." });
  },
});

/** `tokligence usage`. */
export default defineCommand({
  meta: { description: "What was used and what it cost" },
  subCommands: { summary, logs },
});

function readFilter(args: { readonly [Name in keyof typeof filterArgs]?: string | undefined }) {
  const { user, team, key, model, provider } = args;
  const direction = oneOfIfGiven("--direction", directions, args.direction);
  return { ...readPeriod(args), user, team, key, model, provider, direction };
}

const namedKinds = ["user", "team", "key"] as const;

function groupColumns(by: readonly UsageDimension[], names: Names): Columns<UsageTotalView> {
  return Object.fromEntries(by.map((name) => [name.toUpperCase(), (total: UsageTotalView) => names.of(total[name])]));
}

const totalColumns: Columns<UsageTotalView> = {
  REQUESTS: ({ requests }) => requests,
  FAILED: ({ failed }) => failed,
  ABORTED: ({ aborted }) => aborted,
  INPUT: ({ input_tokens }) => input_tokens,
  CACHED: ({ cached_tokens }) => cached_tokens,
  OUTPUT: ({ output_tokens }) => output_tokens,
  REASONING: ({ reasoning_tokens }) => reasoning_tokens,
  "COST USD": ({ cost_usd }) => cost_usd,
  UNPRICED: ({ unpriced_requests }) => unpriced_requests,
};

const logColumns: Columns<UsageLogView> = {
  AT: ({ at }) => at,
  REQUEST: ({ request_id }) => request_id,
  PROVIDER: ({ provider }) => provider,
  MODEL: ({ model, requested_model }) => model ?? requested_model,
  OUTCOME: ({ outcome, error_code }) => (error_code === null ? outcome : `${outcome} ${error_code}`),
  STATUS: ({ http_status }) => http_status,
  INPUT: ({ input_tokens }) => input_tokens,
  OUTPUT: ({ output_tokens }) => output_tokens,
  "COST USD": ({ cost_usd }) => cost_usd,
  MS: ({ latency_ms }) => Math.round(latency_ms),
};

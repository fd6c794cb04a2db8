import { defineCommand } from "citty";
import { inputOf } from "#cli/ask.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { everyPage, readLimit } from "#cli/pages.ts";
import { periodArgs, readPeriod } from "#cli/period-flags.ts";
import { type Columns, printViews } from "#cli/view-table.ts";
import type { AuditView } from "#core/api/audit.ts";

const list = defineCommand({
  meta: { description: "What administrators did, newest first" },
  args: {
    actor: { type: "string", valueHint: "id", description: "Only by this user or key" },
    action: { type: "string", valueHint: "name", description: "Only this, such as revokeKey" },
    target: { type: "string", valueHint: "id", description: "Only what was done to this" },
    ...periodArgs,
    limit: { type: "string", valueHint: "n", description: "At most so many", default: "50" },
    ...globalFlags,
  },
  async run({ args }) {
    const { actor, action, target } = args;
    const filter = inputOf("listAudit", { actor, action, target, ...readPeriod(args) });
    const rows = await everyPage(args, readLimit(args.limit), (administration, page) =>
      administration.listAudit({ ...filter, ...page }),
    );
    printViews(rows, columns, { json: args.json, none: "Nothing was done." });
  },
});

/** `tokligence audit`. */
export default defineCommand({
  meta: { description: "What administrators did" },
  subCommands: { list },
});

const columns: Columns<AuditView> = {
  SEQ: ({ seq }) => seq,
  AT: ({ at }) => at,
  ACTOR: (row) => row.actor_key_id ?? row.actor_user_id ?? row.actor_kind,
  ACTION: ({ action }) => action,
  OUTCOME: ({ outcome }) => outcome,
  TARGET: ({ target_id }) => target_id,
  DETAILS: ({ details }) =>
    Object.entries(details)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value, withoutNull)}`)
      .join(" "),
};

/** People see what was said; that the rest was not, only programs are told. */
function withoutNull(_name: string, value: unknown): unknown {
  return value ?? undefined;
}

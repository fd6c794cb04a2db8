import { defineCommand } from "citty";
import { ask, expectChange } from "#cli/ask.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { policyArgs, policyLines, readPolicy } from "#cli/key-policy-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { everyPage, limitFlag, readLimit } from "#cli/pages.ts";
import member from "#cli/team-member.ts";
import { type Columns, printViews } from "#cli/view-table.ts";
import type { TeamView } from "#core/api/team.ts";

const team = { type: "positional", required: true, description: "Id or name of the team" } as const;

const create = defineCommand({
  meta: { description: "Create a team; the flags are what its new keys start from and may not go beyond" },
  args: {
    name: { type: "positional", required: true, description: "Name of the team" },
    ...policyArgs,
    ...globalFlags,
  },
  async run({ args }) {
    const made = await ask(args, "createTeam", { name: args.name, key_policy: policyOf(args) }, { name: "NAME" });
    if (args.json) return printJson(made);
    printLine(`Created ${made.name} ${made.id}`);
    printPolicy(made);
    printLine(`Add somebody: tokligence team member add ${JSON.stringify(made.name)} WHO`);
  },
});

const list = defineCommand({
  meta: { description: "List teams by name" },
  args: { limit: limitFlag, ...globalFlags },
  async run({ args }) {
    const teams = await everyPage(args, readLimit(args.limit), (administration, page) =>
      administration.listTeams(page),
    );
    printViews(teams, columns, { json: args.json, none: "No teams yet. Create one: tokligence team create NAME" });
  },
});

const show = defineCommand({
  meta: { description: "Show a team and the policy of its new keys" },
  args: { team, ...globalFlags },
  async run({ args }) {
    const found = await ask(args, "findTeam", { id: args.team }, { id: "TEAM" });
    printViews([found], columns, args);
    if (args.json !== true) printPolicy(found);
  },
});

const update = defineCommand({
  meta: { description: "Change the name of a team or the policy of its new keys" },
  args: {
    team,
    name: { type: "string", valueHint: "name", description: "New name" },
    ...policyArgs,
    ...globalFlags,
  },
  async run({ args }) {
    const change = { name: args.name, key_policy: policyOf(args) };
    expectChange(change, "--name, --tier, --rpm or another such flag");
    const changed = await ask(args, "updateTeam", { id: args.team, ...change }, { id: "TEAM" });
    if (args.json) return printJson(changed);
    printLine(`Changed ${changed.name} ${changed.id}`);
    printPolicy(changed);
  },
});

const remove = defineCommand({
  meta: { description: "Remove a team; refused while it has keys that work" },
  args: { team, ...globalFlags },
  async run({ args }) {
    const gone = await ask(args, "deleteTeam", { id: args.team }, { id: "TEAM" });
    if (args.json) return printJson(gone);
    printLine(`Removed ${gone.name} ${gone.id}`);
  },
});

/** `tokligence team`. */
export default defineCommand({
  meta: { description: "Create, change, list and remove teams and their members" },
  subCommands: { create, list, show, update, delete: remove, member },
});

const columns: Columns<TeamView> = {
  ID: ({ id }) => id,
  NAME: ({ name }) => name,
  MEMBERS: ({ members }) => members,
  CREATED: ({ created_at }) => created_at,
};

/** What the policy flags say; undefined when none was typed. */
function policyOf(args: Parameters<typeof readPolicy>[0]) {
  const policy = readPolicy(args);
  return Object.keys(policy).length === 0 ? undefined : policy;
}

function printPolicy({ key_policy: policy }: TeamView): void {
  if (policy !== null) policyLines(policy).forEach(printLine);
}

import { defineCommand } from "citty";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine, printTable } from "#cli/output.ts";
import { GatewayError } from "#core/errors.ts";
import { findProfile, noSuchProfile, profileEntries, profiles } from "#settings/profiles.ts";

const list = defineCommand({
  meta: { description: "List the shipped profiles" },
  args: { ...globalFlags },
  run({ args }) {
    const rows = profiles.map(({ name, summary }) => ({ name, summary }));
    if (args.json) return rows.forEach(printJson);
    printTable(
      ["PROFILE", "FOR"],
      rows.map(({ name, summary }) => [name, summary]),
    );
  },
});

const show = defineCommand({
  meta: { description: "Print a shipped profile" },
  args: {
    name: { type: "positional", required: true, description: "personal, agent, team, enterprise" },
    ...globalFlags,
  },
  run({ args }) {
    const profile = findProfile(args.name);
    if (profile === undefined) throw new GatewayError("usage", noSuchProfile(args.name));
    if (args.json) return printJson({ name: profile.name, values: profileEntries(profile) });
    printLine(profile.text.trimEnd());
  },
});

/** `tokligence profile`. */
export default defineCommand({
  meta: { description: "Show the shipped profiles" },
  subCommands: { list, show },
});

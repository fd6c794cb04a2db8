import { defineCommand } from "citty";
import { withAdministration } from "#cli/administration.ts";
import create from "#cli/apikey-create.ts";
import update from "#cli/apikey-update.ts";
import { ask, inputOf } from "#cli/ask.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { keyColumns, keyLines, learnOwners, printIssued } from "#cli/key-text.ts";
import { Names } from "#cli/names.ts";
import { printJson, printLine } from "#cli/output.ts";
import { everyPage, limitFlag, readLimit } from "#cli/pages.ts";
import { readSpan } from "#cli/time.ts";
import { printViews } from "#cli/view-table.ts";
import { GatewayError } from "#core/errors.ts";

const id = { type: "positional", required: true, description: "Id of the key" } as const;
const typedAs = { id: "ID" };

const show = defineCommand({
  meta: { description: "Show a key with what is settled for it and what it has used" },
  args: { id, ...globalFlags },
  async run({ args }) {
    const input = inputOf("findKey", { id: args.id }, typedAs);
    const names = new Names();
    const key = await withAdministration(loadFromFlags(args), async (administration) => {
      const found = await administration.findKey(input);
      if (args.json !== true) await learnOwners(names, [found], administration);
      return found;
    });
    printViews([key], keyColumns(names), args);
    if (args.json !== true) keyLines(key).forEach(printLine);
  },
});

const list = defineCommand({
  meta: { description: "List keys, oldest first" },
  args: {
    who: { type: "positional", required: false, description: "The same as --user" },
    user: { type: "string", valueHint: "who", description: "Only of this user: id, e-mail or name" },
    team: { type: "string", valueHint: "team", description: "Only of this team: id or name" },
    label: { type: "string", valueHint: "label", description: "Only with this label" },
    limit: limitFlag,
    ...globalFlags,
  },
  async run({ args }) {
    if (args.who !== undefined && args.user !== undefined) {
      throw new GatewayError("usage", "The user is named twice: as WHO and with --user.");
    }
    const filter = inputOf("listKeys", { user: args.user ?? args.who, team: args.team, label: args.label });
    const names = new Names();
    const keys = await everyPage(args, readLimit(args.limit), async (administration, page) => {
      const found = await administration.listKeys({ ...filter, ...page });
      if (args.json !== true) await learnOwners(names, found.data, administration);
      return found;
    });
    const none = "No keys yet. Create one: tokligence apikey create WHO --name NAME";
    printViews(keys, keyColumns(names), { json: args.json, none });
  },
});

const rotate = defineCommand({
  meta: { description: "Give a key a new secret under the same id; it is shown once" },
  args: {
    id,
    overlap: {
      type: "string",
      valueHint: "time",
      description: "How long the old secret works on: 30m, 24h, 7d; not at all if left out",
    },
    ...globalFlags,
  },
  async run({ args }) {
    const overlap = args.overlap === undefined ? undefined : readSpan(args.overlap) / 1000;
    const named = { ...typedAs, overlap_seconds: "--overlap" };
    const issued = await ask(args, "rotateKey", { id: args.id, overlap_seconds: overlap }, named);
    const rest = overlap === undefined ? "has ended" : `works on for ${args.overlap}`;
    printIssued(args, issued, [`old secret         ${rest}`]);
  },
});

const revoke = defineCommand({
  meta: { description: "Revoke a key; it and all keys that it has made stop working at once" },
  args: { id, ...globalFlags },
  async run({ args }) {
    const key = await ask(args, "revokeKey", { id: args.id }, typedAs);
    if (args.json) return printJson(key);
    printLine(`Revoked ${key.name} ${key.id}`);
  },
});

/** `tokligence apikey`. */
export default defineCommand({
  meta: { description: "Create, change, list, rotate and revoke API keys" },
  subCommands: { create, update, show, list, rotate, revoke },
});

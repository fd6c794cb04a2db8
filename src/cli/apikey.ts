import { defineCommand } from "citty";
import { withAdministration } from "#cli/administration.ts";
import { readTime } from "#cli/time.ts";
import { valuesOf } from "#cli/flag-scan.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { policyArgs, policyLines, readPolicy } from "#cli/key-policy-flags.ts";
import { printJson, printLine, printTable } from "#cli/output.ts";
import type { KeyView } from "#core/api/api-key.ts";
import { GatewayError } from "#core/errors.ts";
import { type Permission, permissions } from "#core/identity/permission.ts";

const createArgs = {
  who: { type: "positional", required: true, description: "Owner: id, e-mail or name" },
  name: { type: "string", required: true, valueHint: "name", description: "What the key is for" },
  scope: {
    type: "string",
    valueHint: "permission...",
    description: "What it may do; models:call and models:read if left out",
  },
  expires: {
    type: "string",
    valueHint: "when",
    description: "90d, 12h, 2027-01-31 or an RFC 3339 time; never if left out",
  },
  ...policyArgs,
  ...globalFlags,
} as const;

const create = defineCommand({
  meta: { description: "Create a key; it is shown once" },
  args: createArgs,
  async run({ args, rawArgs }) {
    const scopes = readScopes(valuesOf(rawArgs, createArgs, "scope"));
    const input = {
      user: args.who,
      name: args.name,
      ...(scopes === undefined ? {} : { scopes }),
      ...readPolicy(args),
      ...(args.expires === undefined ? {} : { expires_at: readTime(args.expires, Date.now(), "future") }),
    };
    const issued = await withAdministration(loadFromFlags(args), (administration) => administration.createKey(input));
    if (args.json) return printJson(issued);
    printLine(`id   ${issued.id}`);
    printLine(`key  ${issued.key}`);
    policyLines(issued).forEach(printLine);
    printLine("Keep it: it is not stored and not shown again.");
  },
});

const update = defineCommand({
  meta: { description: "Change what is settled for a key; it counts at once" },
  args: { id: { type: "positional", required: true, description: "Id of the key" }, ...policyArgs, ...globalFlags },
  async run({ args }) {
    const change = readPolicy(args);
    if (Object.keys(change).length === 0) {
      throw new GatewayError("usage", "Nothing to change: give --tier, --priority, --rpm or another such flag.");
    }
    const key = await withAdministration(loadFromFlags(args), (administration) =>
      administration.updateKey(args.id, change),
    );
    if (args.json) return printJson(key);
    printLine(`Changed ${key.name} ${key.id}`);
    policyLines(key).forEach(printLine);
  },
});

const show = defineCommand({
  meta: { description: "Show a key with what is settled for it and what it has used" },
  args: { id: { type: "positional", required: true, description: "Id of the key" }, ...globalFlags },
  async run({ args }) {
    const key = await withAdministration(loadFromFlags(args), (administration) => administration.findKey(args.id));
    if (args.json) return printJson(key);
    printTable(keyTitles, [keyRow(key)]);
    policyLines(key).forEach(printLine);
  },
});

const list = defineCommand({
  meta: { description: "List keys, of one user if given" },
  args: { who: { type: "positional", required: false, description: "Owner: id, e-mail or name" }, ...globalFlags },
  async run({ args }) {
    const keys = await withAdministration(loadFromFlags(args), (administration) => administration.listKeys(args.who));
    if (args.json) return keys.forEach(printJson);
    if (keys.length === 0) return printLine("No keys yet. Create one: tokligence apikey create WHO --name NAME");
    printTable(keyTitles, keys.map(keyRow));
  },
});

const revoke = defineCommand({
  meta: { description: "Revoke a key; it stops working at once" },
  args: { id: { type: "positional", required: true, description: "Id of the key" }, ...globalFlags },
  async run({ args }) {
    const key = await withAdministration(loadFromFlags(args), (administration) => administration.revokeKey(args.id));
    if (args.json) return printJson(key);
    printLine(`Revoked ${key.name} ${key.id}`);
  },
});

/** `tokligence apikey`. */
export default defineCommand({
  meta: { description: "Create, change, list and revoke API keys" },
  subCommands: { create, update, show, list, revoke },
});

const keyTitles = ["ID", "NAME", "PREFIX", "USER", "STATUS", "EXPIRES", "SCOPES"];

function keyRow({ id, name, prefix, user_id, status, expires_at, scopes }: KeyView): string[] {
  return [id, name, prefix, user_id, status, expires_at ?? "never", scopes.join(",")];
}

/** Scopes by repetition or comma; undefined if none is given. */
function readScopes(given: readonly string[]): [Permission, ...Permission[]] | undefined {
  const scopes = given.flatMap((text) => text.split(",")).map((text) => readScope(text.trim()));
  const [first, ...rest] = scopes;
  return first === undefined ? undefined : [first, ...rest];
}

function readScope(text: string): Permission {
  const known = permissions.find((permission) => permission === text);
  if (known !== undefined) return known;
  throw new GatewayError("usage", `${JSON.stringify(text)} is no scope; there are ${permissions.join(", ")}.`);
}

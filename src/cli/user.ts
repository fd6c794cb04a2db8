import { defineCommand } from "citty";
import { ask, expectChange } from "#cli/ask.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine } from "#cli/output.ts";
import { everyPage, limitFlag, readLimit } from "#cli/pages.ts";
import { oneOf, oneOfIfGiven } from "#cli/one-of.ts";
import { type Columns, printViews } from "#cli/view-table.ts";
import type { UserView } from "#core/api/user.ts";
import { GatewayError } from "#core/errors.ts";
import { roles } from "#core/identity/user.ts";

const who = { type: "positional", required: true, description: "Id, e-mail or unique name" } as const;
const statuses = ["active", "inactive"] as const;

const create = defineCommand({
  meta: { description: "Create a user: user create NAME --email E, or user create E" },
  args: {
    who: { type: "positional", required: true, description: "Name, or the e-mail itself" },
    email: { type: "string", valueHint: "address", description: "E-mail, where WHO is a name" },
    role: { type: "string", valueHint: "role", description: roles.join(", "), default: "gateway_user" },
    ...globalFlags,
  },
  async run({ args }) {
    const named = args.email === undefined ? { email: args.who } : { email: args.email, name: args.who };
    const typedAs = args.email === undefined ? { email: "WHO" } : { name: "WHO" };
    const user = await ask(args, "createUser", { ...named, role: oneOf("--role", roles, args.role) }, typedAs);
    if (args.json) return printJson(user);
    printLine(`Created ${user.name} <${user.email}> ${user.id}`);
    printLine(`Make a key: tokligence apikey create ${user.email} --name NAME`);
  },
});

const list = defineCommand({
  meta: { description: "List users, oldest first" },
  args: {
    status: { type: "string", valueHint: "status", description: "Only active or inactive ones" },
    limit: limitFlag,
    ...globalFlags,
  },
  async run({ args }) {
    const status = oneOfIfGiven("--status", statuses, args.status);
    const users = await everyPage(args, readLimit(args.limit), (administration, page) =>
      administration.listUsers({ ...page, ...(status === undefined ? {} : { status }) }),
    );
    printViews(users, columns, {
      json: args.json,
      none: "No users yet. Create one: tokligence user create you@example.com",
    });
  },
});

const show = defineCommand({
  meta: { description: "Show a user" },
  args: { who, ...globalFlags },
  async run({ args }) {
    printViews([await ask(args, "findUser", { id: args.who }, { id: "WHO" })], columns, args);
  },
});

const update = defineCommand({
  meta: { description: "Change a user; keys of an inactive one stop working at once" },
  args: {
    who,
    email: { type: "string", valueHint: "address", description: "New e-mail" },
    name: { type: "string", valueHint: "name", description: "New name" },
    role: { type: "string", valueHint: "role", description: roles.join(", ") },
    status: { type: "string", valueHint: "status", description: "active or inactive" },
    ...globalFlags,
  },
  async run({ args }) {
    const change = {
      email: args.email,
      name: args.name,
      role: oneOfIfGiven("--role", roles, args.role),
      status: oneOfIfGiven("--status", statuses, args.status),
    };
    expectChange(change, "--email, --name, --role or --status");
    const user = await ask(args, "updateUser", { id: args.who, ...change }, { id: "WHO" });
    if (args.json) return printJson(user);
    printLine(`Changed ${user.name} <${user.email}> ${user.id}: ${user.role}, ${user.status}`);
  },
});

const remove = defineCommand({
  meta: { description: "Erase a user: keys end, name and e-mail are forgotten, the books keep the bare id" },
  args: {
    who,
    yes: { type: "boolean", description: "Yes, for ever" },
    ...globalFlags,
  },
  async run({ args }) {
    if (args.yes !== true) {
      throw new GatewayError(
        "usage",
        "Erasing a user cannot be undone: say --yes. To stop the keys alone: user update WHO --status inactive",
      );
    }
    const user = await ask(args, "deleteUser", { id: args.who }, { id: "WHO" });
    if (args.json) return printJson(user);
    printLine(`Erased ${user.id}`);
  },
});

const logout = defineCommand({
  meta: { description: "Log a user out everywhere; keys work on" },
  args: { who, ...globalFlags },
  async run({ args }) {
    const { id, ended } = await ask(args, "endSessions", { id: args.who }, { id: "WHO" });
    if (args.json) return printJson({ id, ended });
    printLine(`Logged ${id} out; sessions that ended: ${ended}`);
  },
});

/** `tokligence user`. */
export default defineCommand({
  meta: { description: "Create, change, list, log out and erase users" },
  subCommands: { create, list, show, update, logout, delete: remove },
});

const columns: Columns<UserView> = {
  ID: ({ id }) => id,
  EMAIL: ({ email }) => email,
  NAME: ({ name }) => name,
  ROLE: ({ role }) => role,
  STATUS: ({ status }) => status,
  CREATED: ({ created_at }) => created_at,
};

import { defineCommand } from "citty";
import { withAdministration } from "#cli/administration.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { printJson, printLine, printTable } from "#cli/output.ts";
import { createUserSchema } from "#core/api/user.ts";
import { GatewayError } from "#core/errors.ts";

const create = defineCommand({
  meta: { description: "Create a user: user create NAME --email E, or user create E" },
  args: {
    who: { type: "positional", required: true, description: "Name, or the e-mail itself" },
    email: { type: "string", valueHint: "address", description: "E-mail, where WHO is a name" },
    role: { type: "string", valueHint: "role", description: "gateway_user or gateway_admin", default: "gateway_user" },
    ...globalFlags,
  },
  async run({ args }) {
    const input = createUserSchema.safeParse(userInput(args.who, args.email, args.role));
    if (!input.success) {
      const fields = input.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
      throw new GatewayError("usage", fields.join("; "));
    }
    const user = await withAdministration(loadFromFlags(args), (administration) =>
      administration.createUser(input.data),
    );
    if (args.json) return printJson(user);
    printLine(`Created ${user.name} <${user.email}> ${user.id}`);
    printLine(`Make a key: tokligence apikey create ${user.email} --name NAME`);
  },
});

const list = defineCommand({
  meta: { description: "List users" },
  args: { ...globalFlags },
  async run({ args }) {
    const users = await withAdministration(loadFromFlags(args), (administration) => administration.listUsers());
    if (args.json) return users.forEach(printJson);
    if (users.length === 0) return printLine("No users yet. Create one: tokligence user create you@example.com");
    const rows = users.map(({ id, email, name, role, status, created_at }) => [
      id,
      email,
      name,
      role,
      status,
      created_at,
    ]);
    printTable(["ID", "EMAIL", "NAME", "ROLE", "STATUS", "CREATED"], rows);
  },
});

/** `tokligence user`. */
export default defineCommand({
  meta: { description: "Create and list users" },
  subCommands: { create, list },
});

function userInput(who: string, email: string | undefined, role: string): unknown {
  return email === undefined ? { email: who, role } : { email, name: who, role };
}

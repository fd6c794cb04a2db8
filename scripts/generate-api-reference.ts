/** Writes `docs/api.md` from the table of doors under `/api/v1`; with `--check` only tells whether it is up to date. */
import { apiDoors } from "#core/api/api-doors.ts";
import type { ApiDoor } from "#core/api/open-api.ts";
import type { Circle } from "#core/api/operation.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import { type Role, roles } from "#core/identity/user.ts";
import { keepGenerated } from "./generated-file.ts";

/** Who may beside administrators of the gateway. */
const circles: Readonly<Record<Circle, readonly string[]>> = {
  administrators: [],
  team_admins: ["admins of the team"],
  team_members: ["members of the team"],
  oneself: ["oneself"],
};

const text = `# The API of the gateway

Written by \`scripts/generate-api-reference.ts\` from the table of operations; do not edit. Shapes are in the OpenAPI document that
the gateway serves at \`/api/v1/openapi.json\`.

Paths stand below \`/api/v1\`. A caller is a key (\`Authorization: Bearer\` or \`x-api-key\`), a session (cookie), or whoever opens
the control socket, who may do everything. A key does what its scopes and its owner's role both allow. \`gateway_user\` sees and changes
only its own things and those of teams it administers; what it may not see is not found (404). A \`root_admin\`, its keys and its
sessions are changed by a \`root_admin\` alone. Fields of a question stand in the query of GET and DELETE, in a JSON body
otherwise; unknown fields are refused. Lists are \`{ "data": [...] }\`, with
\`next_cursor\` where they come in pages. Errors are problem documents (RFC 9457). Changing requests of a session have an \`Origin\`,
as browsers send it, and repeat its \`csrf_token\` in \`x-csrf-token\`. Every change is in the audit;
usage that is reported is a row of the books.

${table(["route", "permission", "roles", ""], Object.values(apiDoors).map(cellsOf))}
`;

keepGenerated("docs/api.md", text);

function cellsOf(door: ApiDoor): readonly string[] {
  return [`\`${door.method} ${door.path}\``, door.permission, whoMay(door), door.summary];
}

/** As the formatter writes it, which every page goes through. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width)).join(" | ")} |`;
  return [titles, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("\n");
}

function whoMay({ permission, only }: ApiDoor): string {
  if (permission === "public") return "anybody";
  const holders: readonly Role[] = roles.filter((role) => permissionsOf(role).has(permission));
  if (only !== undefined) return [...holders.filter((role) => role !== "gateway_user"), ...circles[only]].join(", ");
  return holders.length === 0 ? "control socket" : holders.length === roles.length ? "every role" : holders.join(", ");
}

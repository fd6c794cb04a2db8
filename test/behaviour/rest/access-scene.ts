import type { Permission } from "#core/identity/permission.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import type { Role } from "#core/identity/user.ts";
import type { GatewayUnderTest } from "../../harness/gateway.ts";
import { logIn, type RestCaller, restJson, socket, withApiKey } from "../../harness/rest.ts";

/** Things of one user: its team, which it manages, its key and its budget. */
export interface Belongings {
  readonly user: string;
  readonly userId: string;
  readonly team: string;
  readonly key: string;
  readonly budget: string;
}

/** Makes things through the control socket, under names that nothing else has. */
export class Things {
  readonly #gateway: GatewayUnderTest;
  #made = 0;

  constructor(gateway: GatewayUnderTest) {
    this.#gateway = gateway;
  }

  async #make(path: string, body: object, method = "POST"): Promise<string> {
    return (await restJson<{ id: string }>(this.#gateway, socket, path, { method, body })).id;
  }

  /** A name that is nobody's yet. */
  name(): string {
    this.#made += 1;
    return `thing-${this.#made}`;
  }

  user(role: Role = "gateway_user"): Promise<string> {
    return this.#make("/users", { email: `${this.name()}@example.com`, role });
  }

  key(user: string, more: object = {}): Promise<string> {
    return this.#make("/keys", { user, name: "test", ...more });
  }

  /** The secret of a new key that may do all of this. */
  async secret(user: string, scopes: readonly Permission[]): Promise<string> {
    const body = { user, name: "test", scopes };
    return (await restJson<{ key: string }>(this.#gateway, socket, "/keys", { method: "POST", body })).key;
  }

  /** A team that this user manages. */
  async team(user: string): Promise<string> {
    const team = await this.#make("/teams", { name: this.name() });
    await this.member(team, user, "admin");
    return team;
  }

  async member(team: string, user: string, role = "member"): Promise<void> {
    await restJson(this.#gateway, socket, `/teams/${team}/members/${user}`, { method: "PUT", body: { role } });
  }

  budget(scope: string): Promise<string> {
    return this.#make("/budgets", { scope, limit_usd: "1", window: "day", mode: "soft" });
  }

  /** A user with things of its own. */
  async belongings(user?: string): Promise<Belongings> {
    const userId = user ?? (await this.user());
    const [team, key] = [await this.team(userId), await this.key(userId)];
    return { user: userId, userId, team, key, budget: await this.budget(`key:${key}`) };
  }

  /** What `user` sees and does not manage: a team that it is a member of, and somebody of a team that it manages. */
  async shared({ user, team }: Belongings): Promise<Belongings> {
    const colleague = await this.belongings();
    await this.member(colleague.team, user);
    await this.member(team, colleague.user);
    return colleague;
  }
}

/** A caller of the matrix: what it may do, and whether it sees everything. */
export interface MatrixCaller {
  readonly name: string;
  readonly caller: RestCaller;
  readonly permissions: ReadonlySet<Permission>;
  readonly seesAll: boolean;
}

/** Every kind of caller; those of role gateway_user are `user`. */
export async function callersOf(
  gateway: GatewayUnderTest,
  things: Things,
  user: string,
): Promise<readonly MatrixCaller[]> {
  const [admin, root] = [await things.user("gateway_admin"), await things.user("root_admin")];
  const session = async (who: string) => {
    const { email } = await restJson<{ email: string }>(gateway, socket, `/users/${who}`);
    return logIn(gateway, email);
  };
  const held = (role: Role, without?: Permission) =>
    new Set([...permissionsOf(role)].filter((permission) => permission !== without));
  const byKey = async (name: string, who: string, role: Role): Promise<MatrixCaller> => {
    const permissions = held(role);
    const caller = withApiKey(await things.secret(who, [...permissions]));
    return { name, caller, permissions, seesAll: role !== "gateway_user" };
  };
  const bySession = async (name: string, who: string, role: Role): Promise<MatrixCaller> => ({
    name,
    caller: await session(who),
    permissions: held(role, "models:call"),
    seesAll: role !== "gateway_user",
  });
  const model: MatrixCaller = {
    name: "model key",
    caller: withApiKey(await things.secret(user, ["models:call", "models:read"])),
    permissions: new Set(["models:call", "models:read"]),
    seesAll: false,
  };
  return [
    model,
    await byKey("key of a gateway_user", user, "gateway_user"),
    await bySession("session of a gateway_user", user, "gateway_user"),
    await byKey("key of a gateway_admin", admin, "gateway_admin"),
    await bySession("session of a gateway_admin", admin, "gateway_admin"),
    await byKey("key of a root_admin", root, "root_admin"),
    await bySession("session of a root_admin", root, "root_admin"),
  ];
}

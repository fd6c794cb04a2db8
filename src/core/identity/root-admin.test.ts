import { beforeEach, expect, test } from "bun:test";
import { IdentityDesk } from "#core/administration/identity-desk.test-data.ts";
import { ensureRootAdmin } from "#core/identity/root-admin.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import { GatewayError } from "#core/errors.ts";

let desk: IdentityDesk;
beforeEach(() => {
  desk = new IdentityDesk();
});
const start = () => ensureRootAdmin({ ...desk.parts, email: "root@localhost" });

test("the first start makes a root administrator with a key for all that its role may do, later ones make nothing", async () => {
  const first = await start();
  expect(first?.user).toMatchObject({ email: "root@localhost", role: "root_admin", status: "active" });
  expect(first?.key).toMatch(/^tok_adm_[0-9A-Za-z]{36}$/);
  expect(await desk.bearer(first?.key ?? "")).toMatchObject({
    role: "root_admin",
    permissions: permissionsOf("root_admin"),
  });
  expect(await start()).toBeUndefined();
  const actors = (await desk.root.listAudit({})).data.map(({ action, actor_kind }) => [action, actor_kind]);
  expect(actors).toEqual([
    ["updateUser", "system"],
    ["createKey", "system"],
    ["createUser", "system"],
  ]);
  expect(JSON.stringify(await desk.root.listAudit({}))).not.toContain("localhost");
});

test("a gateway that has a root administrator of another name gets none", async () => {
  await desk.user("boss", "root_admin");
  expect(await start()).toBeUndefined();
});

test("a user who has the e-mail already becomes it", async () => {
  const { id } = await desk.root.createUser({ email: "root@localhost.example" });
  const made = await ensureRootAdmin({ ...desk.parts, email: "ROOT@localhost.example" });
  expect(made?.user).toMatchObject({ id, role: "root_admin" });
});

test.each(["createKey", "updateUser"] as const)("killed before its %s, the next start does it again", async (step) => {
  const { identity } = desk.stores;
  const lost = () => Promise.reject(new GatewayError("storage_failed", "Lost."));
  const broken = { ...desk.parts, identity: { ...callsOf(), [step]: lost }, email: "root@localhost" };
  await ensureRootAdmin(broken).catch(() => undefined);
  expect(await identity.countActive("root_admin")).toBe(0);
  const made = await start();
  expect(await desk.bearer(made?.key ?? "")).toMatchObject({ role: "root_admin" });
  expect((await identity.listUsers({ limit: 10 })).map(({ email }) => email)).toEqual(["root@localhost"]);
});

function callsOf(): Parameters<typeof ensureRootAdmin>[0]["identity"] {
  const { identity } = desk.stores;
  return {
    countActive: (role) => identity.countActive(role),
    findUser: (who) => identity.findUser(who),
    createUser: (user, trail) => identity.createUser(user, trail),
    updateUser: (id, change, trail) => identity.updateUser(id, change, trail),
    createKey: (key, digest, trail) => identity.createKey(key, digest, trail),
  };
}

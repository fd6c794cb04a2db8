/** Two tenants on one gateway: what one of them asks never shows anything of the other. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chat, withKey } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { askRest, logIn, type RestCaller, restJson, socket, withApiKey } from "../../harness/rest.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import { Things } from "./access-scene.ts";

setDefaultTimeout(30_000);

interface Tenant {
  readonly email: string;
  readonly user: string;
  readonly team: string;
  readonly key: string;
  readonly budget: string;
  readonly session: RestCaller;
  readonly byKey: RestCaller;
}

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;
let ada: Tenant;
let bob: Tenant;

/** A user that manages a team, with a key of it that has called a model. */
async function tenant(name: string): Promise<Tenant> {
  const things = new Things(gateway);
  const email = `${name}@example.com`;
  const made = await restJson<{ id: string }>(gateway, socket, "/users", { method: "POST", body: { email, name } });
  const user = made.id;
  const team = (
    await restJson<{ id: string }>(gateway, socket, "/teams", { method: "POST", body: { name: `team ${name}` } })
  ).id;
  await things.member(team, user, "admin");
  const scopes = [...permissionsOf("gateway_user")];
  const body = { user, team, name: `key ${name}`, scopes, labels: [`label-${name}`] };
  const issued = await restJson<{ id: string; key: string }>(gateway, socket, "/keys", { method: "POST", body });
  const budget = await things.budget(`team:${team}`);
  const answer = await chat(gateway, {}, withKey(issued.key));
  expect(answer.status).toBe(200);
  await answer.text();
  const session = await logIn(gateway, email);
  return { email, user, team, key: issued.id, budget, session, byKey: withApiKey(issued.key) };
}

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
  [ada, bob] = [await tenant("ada"), await tenant("bob")];
  await eventually("both calls are in the books", async () => (await gateway.logs()).length === 2);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const traces = ({ email, user, team, key, budget }: Tenant) => [
  email,
  user,
  team,
  key,
  budget,
  "label-bob",
  "team bob",
];

test("F94 lists and totals of one tenant hold nothing of the other, by key or by session", async () => {
  for (const caller of [ada.session, ada.byKey]) {
    for (const path of [
      "/keys",
      "/teams",
      "/budgets",
      "/usage/logs",
      "/usage/summary?group_by=tenant,user,key,team",
      "/profile",
    ]) {
      const text = JSON.stringify(await restJson(gateway, caller, path));
      for (const trace of traces(bob)) expect(text).not.toContain(trace);
      expect([ada.user, ada.team, ada.key].some((id) => text.includes(id))).toBe(true);
    }
  }
});

test("F94 a filter for what is the other's finds nothing, like one for what is nobody's", async () => {
  const filters: (readonly [path: string, foreign: string, none: string])[] = [
    ["/keys?user=", bob.user, "usr_none"],
    ["/keys?user=", bob.email, "none@example.com"],
    ["/keys?team=", bob.team, "team_none"],
    ["/keys?label=", "label-bob", "label-none"],
    ["/budgets?scope=", `team:${bob.team}`, "team:none"],
    ["/budgets?scope=", `key:${bob.key}`, "key:key_none"],
    ["/budgets?scope=", `user:${bob.email}`, "user:none@example.com"],
    ["/usage/logs?key=", bob.key, "key_none"],
    ["/usage/logs?user=", bob.user, "usr_none"],
    ["/usage/logs?team=", bob.team, "team_none"],
    ["/usage/summary?key=", bob.key, "key_none"],
    ["/usage/summary?user=", bob.email, "none@example.com"],
    ["/usage/summary?team=", "team bob", "team none"],
  ];
  for (const [path, foreign, none] of filters) {
    const answers = await Promise.all(
      [foreign, none].map(async (text) => {
        const answer = await askRest(gateway, ada.session, `${path}${encodeURIComponent(text)}`);
        const document = JSON.stringify(await answer.json())
          .replaceAll(text, "TEXT")
          .replace(/req_[\w-]+/g, "ID");
        return [path, answer.status, document];
      }),
    );
    expect(answers[0]).toEqual(answers[1] ?? []);
    expect([200, 404]).toContain(Number(answers[0]?.[1]));
  }
});

test("F94 a cursor of what is the other's is refused like one of nobody's, the number of a row leads on among its own", async () => {
  for (const [path, own, foreign, none] of [
    ["/keys", ada.key, bob.key, "key_none"],
    ["/teams", "team ada", "team bob", "team none"],
  ] as const) {
    const answers = await Promise.all(
      [own, foreign, none].map(async (cursor) => {
        const answer = await askRest(gateway, ada.session, `${path}?cursor=${encodeURIComponent(cursor)}`);
        const document = (await answer.text()).replace(/req_[\w-]+/g, "ID");
        for (const trace of traces(bob)) expect(document).not.toContain(trace);
        return [path, answer.status, answer.ok ? "" : document];
      }),
    );
    expect(answers.map(([, status]) => status)).toEqual([200, 400, 400]);
    expect(answers[1]).toEqual(answers[2] ?? []);
  }
  // The newest row, and so the first page of somebody who sees all, is of the other.
  const page = await restJson<{ next_cursor: string }>(gateway, socket, "/usage/logs?limit=1");
  const rows = await restJson<{ data: { key_id: string }[] }>(
    gateway,
    ada.session,
    `/usage/logs?cursor=${encodeURIComponent(page.next_cursor)}`,
  );
  expect(rows.data.map(({ key_id }) => key_id)).toEqual([ada.key]);
});

test("F94 a request of the other's is not found by its id", async () => {
  const rows = await gateway.logs();
  const theirs = rows.find(({ key_id }) => key_id === bob.key)?.request_id ?? "";
  const mine = rows.find(({ key_id }) => key_id === ada.key)?.request_id ?? "";
  const find = (id: string) => restJson<{ data: unknown[] }>(gateway, ada.session, `/usage/logs?request_id=${id}`);
  expect((await find(theirs)).data).toEqual([]);
  expect((await find(mine)).data).toHaveLength(1);
});

test("F94 nobody lends out the other's things: no key in its team, no member of it, no budget for it", async () => {
  const changes: (readonly [method: string, path: string, body: object])[] = [
    ["POST", "/keys", { user: bob.user, name: "mine" }],
    ["POST", "/keys", { user: ada.user, team: bob.team, name: "mine" }],
    ["PUT", `/teams/${bob.team}/members/${ada.user}`, { role: "admin" }],
    ["DELETE", `/teams/${bob.team}/members/${bob.user}`, {}],
    ["PATCH", `/keys/${bob.key}`, { labels: ["mine"] }],
    ["POST", `/keys/${bob.key}/rotate`, {}],
    ["DELETE", `/keys/${bob.key}`, {}],
  ];
  for (const caller of [ada.session, ada.byKey]) {
    for (const [method, path, body] of changes) {
      const question = method === "DELETE" ? { method } : { method, body };
      expect([path, (await askRest(gateway, caller, path, question)).status]).toEqual([path, 404]);
    }
  }
  const body = { limit_usd: "1", window: "day", mode: "hard" };
  for (const caller of [ada.session, ada.byKey]) {
    for (const scope of [`team:${bob.team}`, `user:${bob.user}`, `key:${bob.key}`]) {
      const question = { method: "POST", body: { ...body, scope } };
      expect([scope, (await askRest(gateway, caller, "/budgets", question)).status]).toEqual([scope, 403]);
    }
  }
  expect(await restJson(gateway, socket, `/keys/${bob.key}`)).toMatchObject({
    status: "active",
    labels: ["label-bob"],
  });
  const { data } = await restJson<{ data: { id: string }[] }>(gateway, socket, "/budgets");
  expect(data.map(({ id }) => id).toSorted()).toEqual([ada.budget, bob.budget].toSorted());
});

test("a mere member sees its team, and neither its keys nor a way to manage it", async () => {
  const things = new Things(gateway);
  const body = { email: "carol@example.com", name: "carol" };
  const { id } = await restJson<{ id: string }>(gateway, socket, "/users", { method: "POST", body });
  await things.member(ada.team, id);
  const carol = await logIn(gateway, "carol@example.com");
  expect((await askRest(gateway, carol, `/teams/${ada.team}`)).status).toBe(200);
  expect((await askRest(gateway, carol, `/teams/${ada.team}/members`)).status).toBe(403);
  expect((await askRest(gateway, carol, `/teams/${bob.team}`)).status).toBe(404);
  expect((await askRest(gateway, carol, `/keys/${ada.key}`)).status).toBe(404);
  expect(await restJson(gateway, carol, "/keys")).toMatchObject({ data: [] });
  const promoted = await askRest(gateway, carol, `/teams/${ada.team}/members/${id}`, {
    method: "PUT",
    body: { role: "admin" },
  });
  expect(promoted.status).toBe(403);
});

test("F95 nobody makes itself more than it is by fields of its own choice", async () => {
  const question = (method: string, body: object) => ({ method, body });
  for (const [method, path, body] of [
    ["POST", "/keys", { user: ada.user, name: "n", tenant_id: bob.team }],
    ["POST", "/keys", { user: ada.user, name: "n", parent_id: null }],
    ["POST", "/keys", { user: ada.user, name: "n", role: "root_admin" }],
    ["PATCH", `/keys/${ada.key}`, { user_id: bob.user }],
    ["PATCH", `/keys/${ada.key}`, { scopes: ["users:write"] }],
    ["PUT", `/teams/${ada.team}/members/${ada.user}`, { role: "admin", team_id: bob.team }],
  ] as const) {
    const answer = await askRest(gateway, ada.session, path, question(method, body));
    expect([path, answer.status]).toEqual([path, 400]);
  }
  const more = await askRest(
    gateway,
    ada.session,
    "/keys",
    question("POST", { user: ada.user, name: "n", scopes: ["users:write"] }),
  );
  expect(more.status).toBe(403);
});

test("a refused change is audited with who asked, and names nobody", async () => {
  await askRest(gateway, ada.byKey, "/users", { method: "POST", body: { email: "new@example.com" } });
  const { data } = await restJson<{ data: object[] }>(gateway, socket, "/audit?action=createUser&limit=1");
  expect(data).toMatchObject([
    { outcome: "refused", actor_kind: "key", actor_key_id: ada.key, actor_user_id: ada.user },
  ]);
  expect(JSON.stringify(data)).not.toContain("example.com");
});

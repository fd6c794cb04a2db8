/** The access matrix: every door of `/api/v1`, asked by every kind of caller, for what is its own and what is somebody else's. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { apiDoors } from "#core/api/api-doors.ts";
import { type Circle, pathParameters } from "#core/api/operation.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { askRest, logIn, nobody, type RestCaller, restJson, socket } from "../../harness/rest.ts";
import { type Belongings, callersOf, type MatrixCaller, Things } from "./access-scene.ts";

setDefaultTimeout(60_000);

/** Things of the user behind the narrow callers, of somebody else, or of somebody else whom that user sees. */
type Whose = "own" | "foreign" | "shared";

/** What a door is asked with, for things of somebody. */
interface Sample {
  readonly input: (whose: Belongings) => object | Promise<object>;
  /** Names something of somebody; without, own and foreign are the same question. */
  readonly owned?: true;
  /** Uses its things up: each question is about new ones. */
  readonly fresh?: true;
  /** What whoever may is answered, where the question cannot be answered well in this scene. */
  readonly answer?: number;
}

let gateway: GatewayUnderTest;
let things: Things;
let own: Belongings;
let foreign: Belongings;
let shared: Belongings;
let callers: readonly MatrixCaller[];

beforeAll(async () => {
  gateway = await startGateway({ keys: true });
  things = new Things(gateway);
  own = await things.belongings();
  foreign = await things.belongings();
  shared = await things.shared(own);
  callers = await callersOf(gateway, things, own.user);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const anchor = {
  stream: "usage",
  node_id: "node_1",
  seq: 1,
  hash: "00".repeat(32),
  at_ms: 0,
  signature: "00".repeat(64),
};
const price = { model: "priced", input: "1", output: "2" };
const nothing: Sample = { input: () => ({}) };
const file = (name: string) => join(gateway.configDir, name);

/** One line for every door that is not public; a new door without one fails to compile or to be found. */
const samples: Readonly<Record<string, Sample>> = {
  listUsers: nothing,
  createUser: { input: () => ({ email: `${things.name()}@example.com` }) },
  findUser: { input: ({ user }) => ({ id: user }), owned: true },
  updateUser: { input: ({ user }) => ({ id: user, name: "new" }), owned: true },
  deleteUser: { input: ({ user }) => ({ id: user }), owned: true, fresh: true },
  endSessions: { input: ({ user }) => ({ id: user }), owned: true },
  listTeams: nothing,
  createTeam: { input: () => ({ name: things.name() }) },
  findTeam: { input: ({ team }) => ({ id: team }), owned: true },
  updateTeam: { input: ({ team }) => ({ id: team, name: things.name() }), owned: true },
  deleteTeam: { input: ({ team }) => ({ id: team }), owned: true, fresh: true },
  listTeamMembers: { input: ({ team }) => ({ id: team }), owned: true },
  setTeamMember: { input: ({ team, user }) => ({ id: team, user, role: "admin" }), owned: true },
  removeTeamMember: {
    input: async ({ team }) => {
      const user = await things.user();
      await things.member(team, user);
      return { id: team, user };
    },
    owned: true,
  },
  listKeys: nothing,
  createKey: { input: ({ user }) => ({ user, name: "new" }), owned: true },
  findKey: { input: ({ key }) => ({ id: key }), owned: true },
  updateKey: { input: ({ key }) => ({ id: key, name: "new" }), owned: true },
  rotateKey: { input: ({ key }) => ({ id: key }), owned: true },
  revokeKey: { input: async ({ user }) => ({ id: await things.key(user) }), owned: true },
  listBudgets: nothing,
  createBudget: {
    input: async ({ user }) => ({ scope: `key:${await things.key(user)}`, limit_usd: "1", window: "total" }),
    owned: true,
  },
  findBudget: { input: ({ budget }) => ({ id: budget }), owned: true },
  updateBudget: { input: ({ budget }) => ({ id: budget, limit_usd: "2" }), owned: true },
  deleteBudget: {
    input: async ({ user }) => ({ id: await things.budget(`key:${await things.key(user)}`) }),
    owned: true,
  },
  listPrices: nothing,
  setPrice: { input: () => price },
  removePrice: {
    input: async () => {
      await askRest(gateway, socket, "/prices", { method: "PUT", body: price });
      return { model: price.model };
    },
  },
  importPrices: { input: () => ({ prices: [price] }) },
  listPriceVersions: nothing,
  usageSummary: nothing,
  usageLogs: nothing,
  reportUsage: {
    input: ({ key }) => {
      const event_id = `event-${things.name()}`;
      return {
        event_id,
        direction: "consume",
        provider: "elsewhere",
        model: "m",
        key,
        input_tokens: 1,
        output_tokens: 1,
      };
    },
    owned: true,
  },
  verifyLedger: nothing,
  verifyAnchors: { input: () => ({ anchors: [anchor] }) },
  listLedgerRows: nothing,
  listAnchors: nothing,
  exportLedger: nothing,
  listAudit: nothing,
  findProfile: nothing,
  listProviders: nothing,
  listServices: nothing,
  exportArchive: { input: () => ({ path: file(things.name()) }) },
  importArchive: { input: () => ({ path: file("no-such-file"), dry_run: true }), answer: 400 },
  backup: { input: () => ({ path: file(things.name()) }) },
  schedulerStatus: nothing,
  explainCall: { input: () => ({ model: "loopback" }) },
  explainRoute: { input: () => ({ model: "loopback" }) },
  listTimeRules: nothing,
  reloadTimeRules: nothing,
  findStatus: nothing,
  // It ends no process but the one that is named.
  shutDown: { input: () => ({ pid: 1 }), answer: 409 },
  logout: { input: () => ({}), answer: 400 },
};

const guarded = Object.entries(apiDoors).filter(([, { permission }]) => permission !== "public");

/** Asks a door as the table says: path, query or body. */
async function askDoor(name: string, caller: RestCaller, input: object): Promise<Response> {
  const door = apiDoors[name];
  if (door === undefined) throw new Error(`There is no door ${name}.`);
  const rest: Record<string, unknown> = { ...input };
  let { path } = door;
  for (const field of pathParameters(door)) {
    path = path.replace(`:${field}`, encodeURIComponent(String(rest[field])));
    delete rest[field];
  }
  const { method } = door;
  if (method !== "GET" && method !== "DELETE") return askRest(gateway, caller, path, { method, body: rest });
  const query = new URLSearchParams(
    Object.fromEntries(Object.entries(rest).map(([field, value]) => [field, String(value)])),
  );
  return askRest(gateway, caller, `${path}${query.size === 0 ? "" : `?${query}`}`, { method });
}

async function thingsFor({ fresh }: Sample, whose: Whose): Promise<Belongings> {
  if (fresh !== true) return { own, foreign, shared }[whose];
  switch (whose) {
    case "own":
      return { ...own, team: await things.team(own.user) };
    case "foreign":
      return things.belongings();
    case "shared":
      return things.shared(own);
  }
}

/** Whether the user behind the narrow callers is of the circle around these things. */
function isWithin(only: Circle | undefined, whose: Whose): boolean {
  switch (only) {
    case "administrators":
      return false;
    case "team_admins":
    case "oneself":
      return whose === "own";
    case "team_members":
    case undefined:
      return true;
  }
}

/** What the permissions, the sight and the circle of a caller come to. */
function expected(name: string, sample: Sample, caller: MatrixCaller, whose: Whose): number | "good" {
  const { permission, only } = apiDoors[name] ?? {};
  if (permission === undefined || permission === "public" || !caller.permissions.has(permission)) return 403;
  if (!caller.seesAll && sample.owned === true && whose === "foreign") return 404;
  if (!caller.seesAll && !isWithin(only, whose)) return 403;
  return sample.answer ?? "good";
}

test("every door that is not public has its line in the matrix, and nothing else has", () => {
  expect(Object.keys(samples).toSorted()).toEqual(guarded.map(([name]) => name).toSorted());
});

describe.each(guarded.map(([name, { permission }]) => [name, permission] as const))("%s (%s)", (name) => {
  const sides: readonly Whose[] =
    apiDoors[name]?.only === undefined ? ["own", "foreign"] : ["own", "foreign", "shared"];
  const sample = samples[name] ?? nothing;

  test("answers nobody without a key", async () => {
    expect((await askDoor(name, nobody, await sample.input(own))).status).toBe(401);
  });

  test.each(sides)("F94 answers each caller about %s things as its role and sight say", async (whose) => {
    const wrong: string[] = [];
    for (const caller of callers) {
      // A session that is logged out would be gone for the doors that follow.
      if (name === "logout" && caller.caller.changing !== undefined) continue;
      if (name === "endSessions" && whose === "own" && caller.permissions.has("profile:read")) continue;
      // And so would be a user that was deleted.
      if (name === "deleteUser" && whose === "own" && caller.seesAll) continue;
      const answer = await askDoor(name, caller.caller, await sample.input(await thingsFor(sample, whose)));
      const should = expected(name, sample, caller, whose);
      const text = await answer.text();
      const isRight = should === "good" ? answer.ok : answer.status === should;
      if (!isRight) wrong.push(`${caller.name}: ${answer.status} instead of ${should}: ${text.slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);
  });

  test("is open to the control socket, and what it answers is what it promises", async () => {
    const answer = await askDoor(name, socket, await sample.input(await thingsFor(sample, "foreign")));
    if (sample.answer !== undefined) return expect(answer.status).toBe(sample.answer);
    expect(answer.status).toBe(apiDoors[name]?.status ?? 200);
    if (apiDoors[name]?.media === undefined) {
      const parsed = apiDoors[name]?.output.safeParse(await answer.json());
      expect(parsed?.error).toBeUndefined();
    }
  });
});

describe("a change", () => {
  const changing = Object.keys(apiDoors).filter((name) => apiDoors[name]?.method !== "GET");
  /** Those that leave no record, and why. */
  const unaudited: Readonly<Record<string, string>> = {
    explainCall: "a question, which changes nothing",
    verifyAnchors: "a question, which changes nothing",
    shutDown: "the same as a signal: the log tells of it",
    login: "nothing has begun before the code that is sent comes back",
  };

  /** A session of somebody new, or of this user. */
  async function session(user?: string): Promise<RestCaller> {
    const { email } = await restJson<{ email: string }>(gateway, socket, `/users/${user ?? (await things.user())}`);
    return logIn(gateway, email);
  }

  /** Those that the matrix cannot make well. */
  const made: Readonly<Record<string, () => Promise<Response>>> = {
    login: () => askRest(gateway, nobody, "/auth/login", { method: "POST", body: { email: "who@example.com" } }),
    verifyLogin: async () => askRest(gateway, await session(), "/profile"),
    logout: async () => askRest(gateway, await session(), "/auth/logout", { method: "POST" }),
    endSessions: async () => {
      await session(foreign.user);
      return askDoor("endSessions", socket, { id: foreign.user });
    },
    shutDown: async () => {
      await using another = await startGateway();
      const body = { pid: another.pid };
      return Response.json(await restJson(another, socket, "/shutdown", { method: "POST", body }));
    },
    importArchive: async () => {
      const path = file(things.name());
      await restJson(gateway, socket, "/archive/export", { method: "POST", body: { path } });
      return askDoor("importArchive", socket, { path });
    },
  };

  /** The newest record of such a change. */
  async function newest(action: string): Promise<object> {
    const { data } = await restJson<{ data: object[] }>(gateway, socket, `/audit?action=${action}&limit=1`);
    return data[0] ?? {};
  }

  test.each(changing)(
    "%s that succeeded stands in the audit, unless it is named here with the reason",
    async (name) => {
      const action = name === "verifyLogin" ? "login" : name;
      const sample = samples[name] ?? nothing;
      const input = async () => sample.input(await thingsFor(sample, "foreign"));
      const before = await newest(action);
      const answer = await (made[name]?.() ?? askDoor(name, socket, await input()));
      expect([answer.ok, await answer.text()]).toEqual([true, expect.any(String)]);
      const after = await newest(action);
      if (unaudited[name] !== undefined) return expect(after).toEqual(before);
      expect(after).not.toEqual(before);
      expect(after).toMatchObject({ action, outcome: "done" });
    },
  );
});

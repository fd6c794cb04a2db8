import { expect, setDefaultTimeout, test } from "bun:test";
import { Operator } from "../../harness/operator.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

const states = ["stopped", "running"] as const;

test.each(states)("people and teams are made, found, changed and ended while it is %s", async (state) => {
  await using operator = await Operator.of(state);
  const ada = await operator.one("createUser", "user", "create", "Ada", "--email", "ada@example.com");
  await operator.prints("user", "create", "eve@example.com", "--role", "gateway_admin");
  expect(await operator.one("findUser", "user", "show", "ada@example.com")).toEqual(ada);
  const words = ["--name", "Ada L", "--email", "al@example.com", "--status", "inactive"];
  expect(await operator.one("updateUser", "user", "update", "Ada", ...words)).toEqual({
    ...ada,
    name: "Ada L",
    email: "al@example.com",
    status: "inactive",
  });
  expect((await operator.list("listUsers", "user", "list", "--status", "inactive")).map(({ id }) => id)).toEqual([
    ada.id,
  ]);
  expect(await operator.prints("user", "update", ada.id, "--status", "active")).toContain("gateway_user, active");

  const team = await operator.one("createTeam", "team", "create", "Search", "--rpm", "600", "--models", "gpt-*");
  expect(team.key_policy).toMatchObject({ requests_per_minute: 600, models: ["gpt-*"] });
  expect(await operator.prints("team", "member", "add", "Search", ada.id, "--role", "admin")).toContain("is admin of");
  await operator.one("setTeamMember", "team", "member", "add", "Search", "eve@example.com");
  const members = await operator.list("listTeamMembers", "team", "member", "list", team.id);
  expect(members.map(({ email, role }) => [email, role]).toSorted()).toEqual([
    ["al@example.com", "admin"],
    ["eve@example.com", "member"],
  ]);
  await operator.one("removeTeamMember", "team", "member", "remove", "Search", "eve@example.com");
  const renamed = await operator.one("updateTeam", "team", "update", "Search", "--name", "Find", "--rpm", "none");
  expect(renamed).toMatchObject({ id: team.id, name: "Find", members: 1 });
  expect(renamed.key_policy).toMatchObject({ requests_per_minute: null, models: ["gpt-*"] });
  expect(await operator.list("listTeams", "team", "list")).toEqual([renamed]);
  expect(await operator.one("findTeam", "team", "show", "Find")).toEqual(renamed);
  expect(await operator.prints("team", "delete", "Find")).toBe(`Removed Find ${team.id}\n`);
  expect(await operator.prints("team", "list")).toContain("No teams yet");

  expect(await operator.fails("user", "delete", ada.id)).toMatchObject({ code: 2 });
  expect(await operator.prints("user", "delete", ada.id, "--yes")).toBe(`Erased ${ada.id}\n`);
  expect(await operator.fails("user", "show", "al@example.com")).toMatchObject({ code: 1 });
  const actions = (await operator.list("listAudit", "audit", "list", "--target", ada.id)).map(({ action }) => action);
  expect(actions.length).toBeGreaterThanOrEqual(4);
  expect(await operator.prints("audit", "list", "--limit", "2")).toMatch(/^SEQ +AT .*\n.*\n.*\n$/);
});

test.each(states)(
  "keys are made with all that is settled for them, changed, rotated and revoked while it is %s",
  async (state) => {
    await using operator = await Operator.of(state);
    await operator.prints("user", "create", "ada@example.com");
    await operator.prints("user", "create", "eve@example.com");
    await operator.prints("team", "create", "search");
    await operator.prints("team", "member", "add", "search", "ada@example.com");
    const settled = ["--team", "search", "--label", "ci,project=x", "--label", "night", "--address", "127.0.0.0/8"];
    const limits = ["--rpm", "60", "--expires", "90d", "--budget-usd", "0.50", "--budget-window", "day"];
    const made = await operator.one(
      "createKey",
      "apikey",
      "create",
      "ada@example.com",
      "--name",
      "ci",
      ...settled,
      ...limits,
    );
    expect(made).toMatchObject({
      labels: ["ci", "project=x", "night"],
      addresses: ["127.0.0.0/8"],
      requests_per_minute: 60,
      last_used_at: null,
    });
    const [budget] = await operator.list("listBudgets", "budget", "list", "--scope", `key:${made.id}`);
    expect(budget).toMatchObject({ scope_id: made.id, limit_usd: "0.5", window: "day", mode: "hard" });
    const printed = await operator.prints("apikey", "create", "eve@example.com", "--name", "laptop");
    expect(printed).toMatch(/^id {3}key_\S+\nkey {2}tok_\S+\nscopes {13}models:call, models:read\nKeep it: /);

    const idsOf = async (...words: string[]) =>
      (await operator.list("listKeys", "apikey", "list", ...words)).map(({ id }) => id);
    const others = await idsOf("eve@example.com");
    expect(others).toHaveLength(1);
    // A gateway that has served has a key of its root administrator too.
    expect(await idsOf()).toEqual(expect.arrayContaining([made.id, ...others]));
    for (const filter of [
      ["ada@example.com"],
      ["--user", "ada@example.com"],
      ["--team", "search"],
      ["--label", "night"],
    ]) {
      expect([filter, await idsOf(...filter)]).toEqual([filter, [made.id]]);
    }
    const { key: _, ...view } = made;
    expect(await operator.one("findKey", "apikey", "show", made.id)).toEqual(view);
    const words = ["--name", "build", "--label", "none", "--address", "none", "--expires", "none", "--tpm", "9000"];
    expect(await operator.one("updateKey", "apikey", "update", made.id, ...words)).toMatchObject({
      name: "build",
      labels: [],
      addresses: [],
      expires_at: null,
      requests_per_minute: 60,
      tokens_per_minute: 9_000,
    });
    const rotated = await operator.one("rotateKey", "apikey", "rotate", made.id, "--overlap", "24h");
    expect(rotated.id).toBe(made.id);
    expect(rotated.key).not.toBe(made.key);
    expect(await operator.prints("apikey", "revoke", made.id)).toBe(`Revoked build ${made.id}\n`);
    expect((await operator.one("findKey", "apikey", "show", made.id)).status).toBe("revoked");
    expect(await operator.fails("apikey", "show", "key_0")).toMatchObject({ code: 1 });
  },
);

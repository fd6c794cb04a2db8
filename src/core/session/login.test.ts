import { expect, test } from "bun:test";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { UserId } from "#core/effects/ids.ts";
import { LoginScene, wrong } from "#core/session/login-scene.test-data.ts";

const refused = { code: "unauthenticated", message: "The code is not valid.", tookMs: 500 };

test("a code begins a session of its user, once (F91)", async () => {
  const scene = await LoginScene.open();
  const shown = await scene.ask("Ada@Example.com");
  expect(scene.mail).toEqual([{ to: "ada@example.com", code: expect.stringMatching(/^\d{6}$/) }]);
  const { token, csrfToken } = await scene.login.verify(shown);
  expect(await scene.sessions.authenticate(token)).toMatchObject({
    kind: "session",
    userId: "usr_ada",
    session: { csrfToken },
  });
  expect(await scene.refusal(shown)).toEqual(refused);
});

test("unknown, inactive and wrong are refused alike, in words and in time (F91)", async () => {
  const scene = await LoginScene.open();
  const good = await scene.ask("ada@example.com");
  const refusals = [
    await scene.refusal(await scene.ask("nobody@example.com")),
    await scene.refusal(await scene.ask("ida@example.com")),
    await scene.refusal({ ...good, code: wrong(good.code) }),
    await scene.refusal({ ...good, email: "ida@example.com" }),
    await scene.refusal({ ...good, challenge: "" }),
    await scene.refusal({ ...good, challenge: (await scene.ask("nobody@example.com")).challenge }),
  ];
  expect(refusals).toEqual(refusals.map(() => refused));
  expect(scene.mail).toHaveLength(1);
});

test("the answer to a request for a code waits for nothing that depends on the address", async () => {
  const scene = await LoginScene.open();
  scene.login.begin("ada@example.com", "192.0.2.1");
  expect(scene.mail).toEqual([]);
  await scene.login.settled();
  expect(scene.mail).toHaveLength(1);
});

test("the fifth wrong try uses the code up, and is audited; a name is in no record (F91)", async () => {
  const scene = await LoginScene.open();
  const shown = await scene.ask("ada@example.com");
  for (let tried = 0; tried < 5; tried += 1) {
    expect(await scene.refusal({ ...shown, code: wrong(shown.code) })).toEqual(refused);
  }
  expect(await scene.refusal(shown)).toEqual(refused);
  const [record] = await scene.stores.audit.listAudit({ limit: 1 });
  expect(record).toMatchObject({ action: "login", outcome: "refused", target: { kind: "user", id: "usr_ada" } });
  expect(JSON.stringify(record)).not.toContain("example.com");
});

test("tries made at once are counted one by one (F91)", async () => {
  const scene = await LoginScene.open();
  const shown = await scene.ask("ada@example.com");
  const tries = Array.from({ length: 20 }, () => scene.refusal({ ...shown, code: wrong(shown.code) }));
  await Promise.all(tries);
  expect(await scene.refusal(shown)).toEqual(refused);
});

test("a code that went to an address which is its user's no more begins nothing", async () => {
  const scene = await LoginScene.open();
  const shown = await scene.ask("ada@example.com");
  scene.stores.sessions.endSessionsOf = async () => 0;
  const { identity } = scene.stores;
  await identity.updateUser("usr_ada" as UserId, { email: "ada@new.example" }, sampleTrail());
  expect(await scene.refusal(shown)).toEqual(refused);
  const late = await scene.ask("ada@new.example");
  // The address changes between the question for a code and its being kept.
  const find = identity.findUser;
  identity.findUser = async (who) => {
    const found = await find(who);
    return found && { ...found, email: "ada@newest.example" };
  };
  expect(await scene.refusal(late)).toEqual(refused);
});

test("a code works ten minutes (F91)", async () => {
  const scene = await LoginScene.open();
  const [intime, late] = [await scene.ask("ada@example.com"), await scene.ask("ada@example.com")];
  scene.clock.advance(599_999);
  const { token } = await scene.login.verify({ ...intime, code: scene.mail[0]?.code ?? "" });
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  const later = await LoginScene.open();
  const shown = await later.ask("ada@example.com");
  later.clock.advance(600_000);
  expect(await later.refusal(shown)).toEqual(refused);
  expect(late.challenge).not.toBe(intime.challenge);
});

test("two requests: each code works with its own challenge alone, and a login ends both (F91)", async () => {
  const scene = await LoginScene.open();
  const first = await scene.ask("ada@example.com");
  const second = await scene.ask("ada@example.com");
  expect(await scene.refusal({ ...first, code: second.code })).toEqual(refused);
  await scene.login.verify(second);
  expect(await scene.refusal(first)).toEqual(refused);
});

test("nobody uses up somebody else's tries: a code is tried only with the challenge of its browser (F84)", async () => {
  const scene = await LoginScene.open();
  const victim = await scene.ask("ada@example.com", "192.0.2.1");
  const attacker = await scene.ask("ada@example.com", "203.0.113.9");
  for (let tried = 0; tried < 30; tried += 1) await scene.refusal({ ...attacker, code: wrong(attacker.code) });
  expect((await scene.login.verify(victim)).token).toMatch(/^[0-9a-f]{64}$/);
});

test("one address asks for five codes of an e-mail in a quarter of an hour, and others may still ask (F84)", async () => {
  const scene = await LoginScene.open();
  const ask = (address: string) => () => scene.login.begin("ada@example.com", address);
  for (let asked = 0; asked < 5; asked += 1) ask("203.0.113.9")();
  expect(ask("203.0.113.9")).toThrow(expect.objectContaining({ code: "rate_limited" }));
  expect(ask("192.0.2.1")).not.toThrow();
  expect(() => scene.login.begin("nobody@example.com", "203.0.113.9")).not.toThrow();
  scene.clock.advance(15 * 60_000);
  expect(ask("203.0.113.9")).not.toThrow();
});

test("an e-mail that nobody has is limited just the same (F91)", async () => {
  const scene = await LoginScene.open();
  const outcomes = (email: string) =>
    Array.from({ length: 8 }, () => {
      try {
        scene.login.begin(email, "203.0.113.9");
        return "sent";
      } catch {
        return "refused";
      }
    });
  expect(outcomes("nobody@example.com")).toEqual(outcomes("ada@example.com"));
});

test("one address tries sixty codes in a quarter of an hour, whoever's they are (F84)", async () => {
  const scene = await LoginScene.open();
  const shown = await scene.ask("nobody@example.com");
  const tries = await Promise.all(Array.from({ length: 65 }, () => scene.refusal(shown)));
  expect(tries.filter(({ code }) => code === "unauthenticated")).toHaveLength(60);
  expect(tries.filter(({ code }) => code === "rate_limited")).toHaveLength(5);
  expect(await scene.refusal({ ...shown, address: "192.0.2.7" })).toEqual(refused);
});

test("a code that could not be sent is logged without address and code, and the answer is as ever", async () => {
  const scene = await LoginScene.open();
  scene.mailIsDown = true;
  await scene.ask("ada@example.com");
  expect(scene.log.lines).toMatchObject([
    { level: "error", event: "login_code_failed", fields: { user_id: "usr_ada" } },
  ]);
  expect(JSON.stringify(scene.log.lines)).not.toContain("example.com");
});

test("a session ends by logout, after twelve idle hours, and after seven days whatever happens (F90)", async () => {
  const scene = await LoginScene.open();
  const begin = async () => (await scene.login.verify(await scene.ask("ada@example.com"))).token;
  const ended = await begin();
  const principal = await scene.sessions.authenticate(ended);
  if (principal?.session === undefined) throw new Error("no session");
  await scene.login.end(principal.session.id, principal.userId, "req_2");
  expect(await scene.sessions.authenticate(ended)).toBeUndefined();

  const idle = await begin();
  scene.clock.advance(12 * 3_600_000);
  expect(await scene.sessions.authenticate(idle)).toBeUndefined();

  const used = await begin();
  for (let hour = 0; hour < 167; hour += 1) {
    scene.clock.advance(3_600_000);
    expect(await scene.sessions.authenticate(used)).toBeDefined();
  }
  scene.clock.advance(3_600_000);
  expect(await scene.sessions.authenticate(used)).toBeUndefined();
});

test("a session has the role of its user now, and nothing once the user is inactive", async () => {
  const scene = await LoginScene.open();
  const { token } = await scene.login.verify(await scene.ask("ada@example.com"));
  const before = await scene.sessions.authenticate(token);
  expect([before?.permissions.has("users:write"), before?.permissions.has("models:call")]).toEqual([false, false]);
  const ada = "usr_ada" as UserId;
  await scene.stores.identity.updateUser(ada, { role: "gateway_admin" }, sampleTrail());
  const after = await scene.sessions.authenticate(token);
  expect([after?.permissions.has("users:write"), after?.permissions.has("models:call")]).toEqual([true, false]);
  await scene.stores.identity.updateUser(ada, { status: "inactive" }, sampleTrail());
  expect(await scene.sessions.authenticate(token)).toBeUndefined();
});

test("neither codes nor cookies lie in the store", async () => {
  const scene = await LoginScene.open();
  const shown = await scene.ask("ada@example.com");
  const codes = JSON.stringify(scene.stores.database.query("SELECT * FROM login_code").all());
  expect(codes).not.toContain(shown.code);
  expect(codes).not.toContain(shown.challenge);
  const { token, csrfToken } = await scene.login.verify(shown);
  const [record] = scene.stores.database.query<{ token_hash: Uint8Array }, []>("SELECT * FROM session").all();
  expect(record?.token_hash.toHex()).toHaveLength(64);
  for (const secret of [token, csrfToken]) expect(JSON.stringify(record)).not.toContain(secret);
  expect(record?.token_hash.toHex()).not.toBe(token);
});

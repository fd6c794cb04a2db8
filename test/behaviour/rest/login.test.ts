import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../../harness/eventually.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../../harness/gateway.ts";
import {
  askRest,
  codesIn,
  cookiesOf,
  logIn,
  nobody,
  requestCode,
  restJson,
  socket,
  verifyCode,
  withApiKey,
} from "../../harness/rest.ts";
import { certificate, testAuthority } from "../../harness/tls/certificates.ts";

setDefaultTimeout(30_000);

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway({ keys: true });
});
afterAll(() => gateway[Symbol.asyncDispose]());

let people = 0;
/** A new user's e-mail: how often codes may be asked for is counted by it. */
async function somebody(): Promise<string> {
  people += 1;
  const email = `user${people}@example.com`;
  await restJson(gateway, socket, "/users", { method: "POST", body: { email } });
  return email;
}

const problem = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];

test("a code from the operator's log logs in, and is in no answer", async () => {
  const email = await somebody();
  const { answer, challenge, code } = await requestCode(gateway, email);
  expect(code).toMatch(/^\d{6}$/);
  expect(await answer.text()).not.toContain(code);
  const verified = await verifyCode(gateway, email, challenge, code);
  expect(verified.status).toBe(200);
  expect(await verified.json()).toEqual({
    csrf_token: expect.stringMatching(/^[0-9a-f]{64}$/),
    expires_at: expect.any(String),
  });
});

test("without a mail server the operator reads the code at log_level = error too", async () => {
  await using quiet = new GatewayProcess({ program: testedProgram, configuration: "log_level = error\n" });
  const email = "ada@example.com";
  await quiet.cli("user", "create", email);
  await quiet.serve();
  const answer = await fetch(`${quiet.url}/api/v1/auth/login`, {
    method: "POST",
    body: JSON.stringify({ email }),
    headers: { "content-type": "application/json" },
    signal: AbortSignal.timeout(10_000),
  });
  expect(answer.ok).toBe(true);
  expect(await eventually("a code is logged", () => codesIn(quiet.stderr, email)[0])).toMatch(/^\d{6}$/);
});

test("the cookies are for the server alone: HttpOnly, SameSite=Strict, Path, Max-Age (F90)", async () => {
  const email = await somebody();
  const { answer, challenge, code } = await requestCode(gateway, email);
  expect(answer.headers.getSetCookie()).toEqual([
    `tokligence_login=${challenge}; Path=/api/v1/auth; Max-Age=600; HttpOnly; SameSite=Strict`,
  ]);
  const verified = await verifyCode(gateway, email, challenge, code);
  expect(verified.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^tokligence_session=[0-9a-f]{64}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/),
    "tokligence_login=; Path=/api/v1/auth; Max-Age=0; HttpOnly; SameSite=Strict",
  ]);
});

test("behind TLS, of its own or of a proxy, cookies are Secure (F90)", async () => {
  const asked = { method: "POST", body: { email: "ada@example.com" } };
  const behind = await askRest(gateway, nobody, "/auth/login", { ...asked, headers: { "x-forwarded-proto": "https" } });
  expect(behind.headers.getSetCookie()[0]).toEndWith("; Secure");

  const { cert, key } = certificate("trusted");
  const files = { "cert.pem": cert, "key.pem": key };
  await using served = new GatewayProcess({ program: testedProgram, authority: testAuthority() });
  for (const [name, text] of Object.entries(files)) served.write(name, text);
  const place = (name: string) => join(served.configDir, name);
  served.write("dev/gateway.ini", `[gateway]\ntls_cert = ${place("cert.pem")}\ntls_key = ${place("key.pem")}\n`);
  await served.serve();
  const answer = await fetch(`${served.url}/api/v1/auth/login`, {
    method: "POST",
    body: JSON.stringify({ email: "ada@example.com" }),
    headers: { "content-type": "application/json" },
    tls: { ca: testAuthority() },
  });
  expect(answer.headers.getSetCookie()[0]).toEndWith("; Secure");
});

test("every login has a cookie of its own, and one that was planted before is worth nothing (F90)", async () => {
  const email = await somebody();
  const planted = "f".repeat(64);
  const { challenge, code } = await requestCode(gateway, email);
  const verified = await askRest(gateway, nobody, "/auth/verify", {
    method: "POST",
    body: { email, code },
    headers: { cookie: `tokligence_session=${planted}; tokligence_login=${challenge}` },
  });
  expect(cookiesOf(verified).get("tokligence_session")).not.toBe(planted);
  const asked = await askRest(gateway, { headers: { cookie: `tokligence_session=${planted}` } }, "/profile");
  expect(asked.status).toBe(401);
});

test("who logs in sees itself, and changes its own things only with the token of the session (F90)", async () => {
  const email = await somebody();
  const ada = await logIn(gateway, email);
  expect(await restJson(gateway, ada, "/profile")).toMatchObject({
    kind: "session",
    user: { email, role: "gateway_user" },
    roles: ["gateway_user"],
    csrf_token: ada.changing?.["x-csrf-token"],
  });
  const body = { user: email, name: "laptop" };
  const created = await askRest(gateway, ada, "/keys", { method: "POST", body });
  expect(created.status).toBe(201);
  const forged = await askRest(gateway, { headers: ada.headers }, "/keys", { method: "POST", body });
  const detail: unknown = expect.stringContaining("say in Origin which page sent them");
  expect(await forged.json()).toMatchObject({ status: 403, code: "foreign_origin", detail });
  const tokenless = await askRest(gateway, { headers: ada.headers }, "/keys", {
    method: "POST",
    body,
    headers: { origin: gateway.url },
  });
  expect(await problem(tokenless)).toEqual([403, "permission_denied"]);
});

test("a session calls no models", async () => {
  const email = await somebody();
  const { headers } = await logIn(gateway, email);
  expect((await fetch(`${gateway.url}/v1/models`, { headers })).status).toBe(401);
});

test("logging out ends the session on the server, whoever still has the cookie (F90)", async () => {
  const email = await somebody();
  const ada = await logIn(gateway, email);
  const other = await logIn(gateway, email);
  const left = await askRest(gateway, ada, "/auth/logout", { method: "POST" });
  expect(left.status).toBe(200);
  expect(left.headers.getSetCookie()).toEqual(["tokligence_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"]);
  expect((await askRest(gateway, ada, "/profile")).status).toBe(401);
  expect((await askRest(gateway, other, "/profile")).status).toBe(200);
});

test("a user made inactive is logged out at once", async () => {
  const email = await somebody();
  const bob = await logIn(gateway, email);
  const patch = (status: string) =>
    restJson(gateway, socket, `/users/${encodeURIComponent(email)}`, { method: "PATCH", body: { status } });
  await patch("inactive");
  expect((await askRest(gateway, bob, "/profile")).status).toBe(401);
  await patch("active");
  expect((await askRest(gateway, bob, "/profile")).status).toBe(401);
});

test("unknown and known addresses get the same answer, word for word (F91)", async () => {
  const answers = await Promise.all(
    [await somebody(), "nobody@example.com"].map((email) =>
      askRest(gateway, nobody, "/auth/login", { method: "POST", body: { email } }),
    ),
  );
  const [known, unknown] = await Promise.all(answers.map(async (answer) => [answer.status, await answer.text()]));
  expect(known).toEqual(unknown ?? []);
  expect(codesIn(gateway.output(), "nobody@example.com")).toEqual([]);
});

test("five wrong tries end a code, and each refusal takes its time, for whomever it is (F91)", async () => {
  await using own = await startGateway({ keys: true });
  await restJson(own, socket, "/users", { method: "POST", body: { email: "eve@example.com" } });
  const { challenge, code } = await requestCode(own, "eve@example.com");
  const wrong = code === "000000" ? "000001" : "000000";
  const startedAt = performance.now();
  const refusals = await Promise.all(
    [...Array(5).fill("eve@example.com"), "nobody@example.com"].map(async (email: string) => {
      const refusal = await verifyCode(own, email, challenge, wrong);
      const { request_id, ...document } = (await refusal.json()) as Record<string, unknown>;
      return { tookMs: performance.now() - startedAt, document };
    }),
  );
  for (const { tookMs, document } of refusals) {
    expect(tookMs).toBeGreaterThan(450);
    expect(document).toEqual(refusals[0]?.document ?? {});
  }
  expect(await problem(await verifyCode(own, "eve@example.com", challenge, code))).toEqual([401, "unauthenticated"]);
});

test("too many codes for one address from one place are refused with the time to come back (F84)", async () => {
  await using own = await startGateway({ keys: true });
  const ask = () => askRest(own, nobody, "/auth/login", { method: "POST", body: { email: "who@example.com" } });
  const statuses: number[] = [];
  for (let asked = 0; asked < 6; asked += 1) statuses.push((await ask()).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  expect((await ask()).headers.get("retry-after")).toMatch(/^\d+$/);
});

test("keys tried in vain until the address is told to stop stand in the audit, once (F84)", async () => {
  await using own = await startGateway({ keys: true });
  const trying = Array.from({ length: 150 }, async (_, index) => {
    const answer = await askRest(own, withApiKey(`tok_live_${index}`), "/profile");
    await answer.arrayBuffer();
    return answer.status;
  });
  expect(new Set(await Promise.all(trying))).toEqual(new Set([401, 429]));
  const { data } = await restJson<{ data: object[] }>(own, socket, "/audit?action=tryKeys");
  const target = { target_kind: "address", target_id: "127.0.0.1" };
  expect(data).toMatchObject([{ actor_kind: "system", outcome: "refused", ...target }]);
});

test("a refused change names the id that it was asked of, and no name (F84)", async () => {
  const [email, other] = [await somebody(), await somebody()];
  const ada = await logIn(gateway, email);
  const { id } = await restJson(gateway, socket, `/users/${encodeURIComponent(other)}`);
  for (const who of [id, other]) {
    const path = `/users/${encodeURIComponent(String(who))}`;
    expect((await askRest(gateway, ada, path, { method: "DELETE" })).status).toBe(403);
  }
  const { data } = await restJson<{ data: object[] }>(gateway, socket, "/audit?action=deleteUser");
  expect(data).toMatchObject([
    { outcome: "refused", target_kind: "operation", target_id: "deleteUser", details: {} },
    { outcome: "refused", target_kind: "user", target_id: id, details: {} },
  ]);
});

test("logins are audited without the address", async () => {
  const email = await somebody();
  await logIn(gateway, email);
  const { data } = await restJson<{ data: { action: string }[] }>(gateway, socket, "/audit?action=login&limit=1");
  expect(data).toMatchObject([{ action: "login", outcome: "done", actor_kind: "session", target_kind: "user" }]);
  expect(JSON.stringify(data)).not.toContain("example.com");
});

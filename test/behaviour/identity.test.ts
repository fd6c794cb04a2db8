import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type CallOptions, chat, errorOf, hello, postJson, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(30_000);

const upstream = new FakeUpstream();
/** Keys required. */
let guarded: GatewayUnderTest;
/** The personal profile: no keys, loopback only. */
let personal: GatewayUnderTest;

beforeAll(async () => {
  const upstreams = { up: upstream };
  [guarded, personal] = await Promise.all([startGateway({ upstreams, keys: true }), startGateway({ upstreams })]);
});
afterAll(async () => {
  await Promise.all([guarded[Symbol.asyncDispose](), personal[Symbol.asyncDispose]()]);
  upstream.stop();
});

/** A key of our own format that nobody has; its checksum is right. */
const unknownKey = async (): Promise<string> => {
  await using other = await startGateway();
  return await other.createKey();
};
const withLastChanged = (key: string): string => key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");

test("keys look as designed: kind, thirty characters, checksum", async () => {
  expect(await guarded.createKey()).toMatch(/^tok_test_[0-9A-Za-z]{36}$/);
});

test("F82 without a key, with a foreign or an invented one, the answer is one and the same 401 and nobody is asked", async () => {
  const before = [upstream.calls.length, (await guarded.logs()).length];
  const bad = [
    "sk-proj-foreign",
    await unknownKey(),
    withLastChanged(await guarded.createKey()),
    "tok_live_",
    `tok_test_${"é".repeat(36)}`,
  ];
  const answers = await Promise.all(bad.map((key) => chat(guarded, {}, { headers: { "x-api-key": encodeURI(key) } })));
  const errors = await Promise.all(answers.map(errorOf));
  expect(answers.map(({ status }) => status)).toEqual(bad.map(() => 401));
  expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(1);
  const missing = await chat(guarded);
  expect([missing.status, (await errorOf(missing))["code"]]).toEqual([401, "invalid_api_key"]);
  expect([upstream.calls.length, (await guarded.logs()).length]).toEqual(before);
});

test("a key is read wherever a protocol puts it, and the row names it", async () => {
  const key = await guarded.createKey();
  const url = `${guarded.url}/v1/chat/completions`;
  const body = { model: "m", messages: hello };
  const answers = [
    await postJson(url, body, withKey(key)),
    await postJson(url, body, { headers: { "x-api-key": key } }),
    await postJson(url, body, { headers: { "x-goog-api-key": key } }),
    await postJson(`${url}?key=${key}`, body),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const rows = (await guarded.logs()).slice(0, answers.length);
  expect(new Set(rows.map(({ key_id }) => key_id)).size).toBe(1);
  expect(rows[0]).toMatchObject({ key_id: expect.stringMatching(/^key_/), user_id: expect.stringMatching(/^usr_/) });
  expect(JSON.stringify(rows)).not.toContain(key);
  expect(guarded.output()).not.toContain(key);
});

test("every guarded route wants the key, and the probes alone do not", async () => {
  for (const path of [
    "/v1/models",
    "/v1/models/x",
    "/metrics",
    "/api/v1/status",
    "/api/v1/keys",
    "/api/v1/usage/logs",
  ]) {
    expect([path, (await fetch(guarded.url + path)).status]).toEqual([path, 401]);
  }
  for (const path of ["/livez", "/readyz", "/startupz", "/health"]) {
    expect([path, (await fetch(guarded.url + path)).status]).toEqual([path, 200]);
  }
});

test("where no key is needed any foreign string is ignored, since every SDK sends one", async () => {
  for (const key of ["any", "sk-proj-abc", "tokens-are-fun"]) {
    expect((await chat(personal, {}, withKey(key))).status).toBe(200);
    expect((await personal.logs())[0]).toMatchObject({ key_id: null, user_id: null, tenant_id: "local" });
  }
});

test("where no key is needed a key of our own is verified and attributed, a bad one is 401", async () => {
  const key = await personal.createKey();
  expect((await chat(personal, {}, withKey(key))).status).toBe(200);
  expect((await personal.logs())[0]?.key_id).toMatch(/^key_/);
  for (const bad of [withLastChanged(key), await unknownKey()]) {
    expect((await chat(personal, {}, withKey(bad))).status).toBe(401);
  }
});

test("commands work while it runs: a new key counts at once, a revoked one is refused at once", async () => {
  const created = await guarded.cli("user", "create", "Ada", "--email", "ada@example.com", "--json");
  expect(created.exitCode).toBe(0);
  expect(JSON.parse(created.stdout)).toMatchObject({
    email: "ada@example.com",
    name: "Ada",
    id: expect.stringMatching(/^usr_/),
  });
  const made = await guarded.cli("apikey", "create", "ada@example.com", "--name", "laptop", "--json");
  const { id, key } = JSON.parse(made.stdout) as { readonly id: string; readonly key: string };
  expect((await chat(guarded, {}, withKey(key))).status).toBe(200);
  const listed = await guarded.cli("apikey", "list", "Ada", "--json");
  expect(JSON.parse(listed.stdout)).toMatchObject({ id, name: "laptop", status: "active" });
  expect(listed.stdout).not.toContain(key);
  expect((await guarded.cli("apikey", "revoke", id)).exitCode).toBe(0);
  expect((await chat(guarded, {}, withKey(key))).status).toBe(401);
});

test("commands work while it is stopped, and what they made counts after the next start", async () => {
  await using gateway = await startGateway({ keys: true });
  const before = await gateway.createKey();
  await gateway.stop();
  const user = await gateway.cli("user", "create", "bob@example.com", "--json");
  expect([user.exitCode, user.stderr]).toEqual([0, ""]);
  const made = await gateway.cli("apikey", "create", "bob@example.com", "--name", "ci", "--json");
  expect(JSON.parse(made.stdout)).toMatchObject({ key: expect.stringMatching(/^tok_test_/), name: "ci" });
  const users = await gateway.cli("user", "list", "--json");
  const emails = users.stdout
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { email: string }).email);
  expect(emails.toSorted()).toEqual(["bob@example.com", "root@localhost", "user1@example.com"]);
  const keys = await gateway.cli("apikey", "list", "--json");
  // That of the first start's administrator is among them.
  expect(keys.stdout.trim().split("\n")).toHaveLength(3);
  expect(keys.stdout).not.toContain(before);
  expect((await gateway.cli("status")).exitCode).toBe(69);
});

test("command lines that make no sense end with 2 and say why; what is not there ends with 1", async () => {
  expect(await guarded.cli("apikey", "create", "nobody@example.com", "--name", "x")).toMatchObject({ exitCode: 1 });
  expect(await guarded.cli("apikey", "revoke", "key_nothing")).toMatchObject({ exitCode: 1 });
  expect(await guarded.cli("user", "create", "no-mail")).toMatchObject({ exitCode: 2 });
  expect((await guarded.cli("apikey", "creat")).stderr).toContain("create");
});

test("F80 an expired key is refused like an unknown one", async () => {
  const user = await guarded.cli("user", "create", "late@example.com", "--json");
  const { id } = JSON.parse(user.stdout) as { readonly id: string };
  const answer = await fetch("http://localhost/api/v1/keys", {
    unix: `${guarded.configDir}/control.sock`,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: id, name: "brief", expires_at: new Date(Date.now() + 4_000).toISOString() }),
  });
  const { key } = (await answer.json()) as { readonly key: string };
  expect((await chat(guarded, {}, withKey(key))).status).toBe(200);
  await eventually("the key expires", async () => (await chat(guarded, {}, withKey(key))).status === 401);
});

test("nobody mints keys or users over TCP: not a key for models, not a caller from loopback", async () => {
  const doors: readonly (readonly [GatewayUnderTest, Readonly<Record<string, string>>])[] = [
    [guarded, { authorization: `Bearer ${await guarded.createKey()}` }],
    [personal, {}],
  ];
  for (const [gateway, headers] of doors) {
    const answers = [
      await postJson(`${gateway.url}/api/v1/keys`, { user: "ada@example.com", name: "stolen" }, { headers }),
      await postJson(`${gateway.url}/api/v1/users`, { email: "eve@example.com" }, { headers }),
      await fetch(`${gateway.url}/api/v1/keys`, { headers }),
      await fetch(`${gateway.url}/api/v1/users`, { headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(answers[0]?.headers.get("content-type")).toBe("application/problem+json");
  }
  expect((await guarded.cli("user", "list")).stdout).not.toContain("eve@example.com");
});

test("a scoped key does what its scopes say and nothing else, and makes no key that may do more", async () => {
  await guarded.cli("user", "create", "ops@example.com");
  const keyFor = async (scopes: string): Promise<CallOptions> => {
    const made = await guarded.cli("apikey", "create", "ops@example.com", "--name", "ops", "--scope", scopes, "--json");
    return withKey((JSON.parse(made.stdout) as { readonly key: string }).key);
  };
  const reader = await keyFor("usage:read");
  expect((await fetch(`${guarded.url}/api/v1/usage/logs`, reader)).status).toBe(200);
  expect((await chat(guarded, {}, reader)).status).toBe(403);
  const maker = await keyFor("keys:write,usage:read");
  const make = (fields: object): Promise<Response> =>
    postJson(`${guarded.url}/api/v1/keys`, { user: "ops@example.com", name: "made", ...fields }, maker);
  const before = (await guarded.cli("apikey", "list", "--json")).stdout;
  for (const fields of [{}, { scopes: ["users:write"] }, { scopes: ["usage:read", "metrics:read"] }]) {
    expect([fields, (await make(fields)).status]).toEqual([fields, 403]);
  }
  expect((await guarded.cli("apikey", "list", "--json")).stdout).toBe(before);
  expect((await make({ scopes: ["usage:read"] })).status).toBe(201);
});

test("F15 the personal profile refuses a foreign Host and a foreign Origin, and nobody is asked", async () => {
  const before = upstream.calls.length;
  for (const headers of [
    { host: "evil.example" },
    { host: "127.0.0.1.evil.example" },
    { origin: "https://evil.example" },
    { origin: "null" },
  ]) {
    const answer = await chat(personal, {}, { headers });
    expect([headers, answer.status]).toEqual([headers, 403]);
  }
  expect(upstream.calls.length).toBe(before);
  for (const headers of [{ host: "localhost:8081" }, { origin: "http://localhost:3000" }]) {
    expect((await chat(personal, {}, { headers })).status).toBe(200);
  }
});

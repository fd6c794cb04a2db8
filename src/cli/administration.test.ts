import { afterEach, beforeEach, expect, test } from "bun:test";
import { FakeDaemon } from "#cli/fake-daemon.test-data.ts";
import { keyView } from "#core/administration/identity-view.ts";
import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import type { ApiKey } from "#core/identity/api-key.ts";

let daemon: FakeDaemon;

beforeEach(() => {
  daemon = new FakeDaemon();
});
afterEach(() => daemon[Symbol.asyncDispose]());

const user = {
  id: "usr_1",
  email: "ada@example.com",
  name: "ada",
  role: "gateway_user",
  status: "active",
  created_at: "2026-01-01T00:00:00Z",
};
const stored: ApiKey = {
  id: "key_1" as KeyId,
  userId: "usr_1" as UserId,
  tenantId: "usr_1" as TenantId,
  name: "laptop",
  prefix: "tok_live_abc",
  scopes: ["models:call"],
  createdAtMs: 0,
};
const key = keyView(stored, 1);

test("both ways of naming a user reach the daemon as the same thing", async () => {
  daemon.answers["POST /api/v1/users"] = () => Response.json(user, { status: 201 });
  const { out, code } = await daemon.tokligence("user", "create", "ada@example.com");
  expect(code).toBe(0);
  expect(out).toContain("Created ada <ada@example.com> usr_1");
  await daemon.tokligence("user", "create", "Ada", "--email", "ada@example.com");
  expect(daemon.asked.filter((line) => line.startsWith("POST"))).toEqual([
    'POST /api/v1/users {"email":"ada@example.com","role":"gateway_user"}',
    'POST /api/v1/users {"email":"ada@example.com","name":"Ada","role":"gateway_user"}',
  ]);
});

test("a new key is one JSON line with id and key", async () => {
  daemon.answers["POST /api/v1/keys"] = () => Response.json({ ...key, key: "tok_live_whole" }, { status: 201 });
  const { out, code } = await daemon.tokligence(
    "apikey",
    "create",
    "ada",
    "--name",
    "laptop",
    "--scope",
    "models:call,usage:read",
    "--json",
  );
  expect(code).toBe(0);
  expect(out.match(/\n/g)).toHaveLength(1);
  expect(JSON.parse(out)).toMatchObject({ id: "key_1", key: "tok_live_whole" });
  expect(daemon.asked).toContain(
    'POST /api/v1/keys {"user":"ada","name":"laptop","scopes":["models:call","usage:read"]}',
  );
});

test("lists are tables for people and one object a line for programs", async () => {
  const second = { ...key, id: "key_2", name: "\u001b[2Jevil" };
  daemon.answers["GET /api/v1/keys"] = () => Response.json({ data: [key, second], next_cursor: null });
  const { out } = await daemon.tokligence("apikey", "list", "ada");
  expect(out.split("\n").map((line) => line.split(/ +/).slice(0, 2))).toEqual([
    ["ID", "NAME"],
    ["key_1", "laptop"],
    ["key_2", "evil"],
    [""],
  ]);
  const { out: lines } = await daemon.tokligence("apikey", "list", "ada", "--json");
  expect(
    lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).id),
  ).toEqual(["key_1", "key_2"]);
  expect(lines).not.toContain("\u001b");
});

test("the daemon's refusal is one line and its exit code", async () => {
  expect(await daemon.tokligence("apikey", "revoke", "key_9")).toEqual({
    out: "",
    error: "tokligence: Nobody is called so.\n",
    code: 1,
  });
});

test("what cannot be right never reaches the daemon", async () => {
  for (const words of [
    ["apikey", "create", "ada", "--name", "x", "--scope", "everything"],
    ["apikey", "create", "ada", "--name", "x", "--expires", "soon"],
    ["user", "create", "not-an-address"],
    ["usage", "logs", "--limit", "0"],
    ["usage", "summary", "--by", "weather"],
    ["user", "update", "ada", "--role", "king"],
    ["user", "update", "ada"],
    ["user", "delete", "ada"],
    ["apikey", "create", "ada", "--name", "x", "--budget-usd", "-1"],
    ["apikey", "create", "ada", "--name", "x", "--budget-window", "day"],
    ["apikey", "create", "ada", "--name", "x", "--label", "no label"],
    ["apikey", "rotate", "key_1", "--overlap", "soon"],
    ["budget", "create", "--scope", "ada", "--limit-usd", "1", "--window", "day"],
    ["budget", "create", "--scope", "org", "--limit-usd", "1e3", "--window", "day"],
    ["budget", "create", "--scope", "org", "--limit-usd", "1", "--window", "week"],
    ["prices", "set", "m", "--input", "cheap", "--output", "1"],
    ["prices", "set", "m", "--input", "1", "--output", "1", "--step", "1:2"],
    ["prices", "import", "/nowhere"],
    ["ledger", "export", "--format", "xml"],
    ["export", "--output", "/nowhere", "--passphrase-file", "/nowhere"],
  ]) {
    expect(await daemon.tokligence(...words)).toMatchObject({ out: "", code: 2 });
  }
  expect(daemon.asked).toEqual([]);
});

test("questions of usage carry their period and limit", async () => {
  daemon.answers["GET /api/v1/usage/logs"] = () => Response.json({ data: [], next_cursor: null });
  expect(await daemon.tokligence("usage", "logs", "--limit", "3", "--from", "2026-01-31", "--json")).toEqual({
    out: "",
    error: "",
    code: 0,
  });
  expect(daemon.asked).toContain("GET /api/v1/usage/logs?from=2026-01-31T00%3A00%3A00.000Z&limit=3");
});

test("a list longer than a page is read to its end, or to the limit", async () => {
  const names = Array.from({ length: 1_500 }, (_, index) => `user${index}`);
  daemon.answers["GET /api/v1/users"] = () => {
    const searchParams = daemon.query;
    const from = Number(searchParams.get("cursor") ?? 0);
    const end = from + Number(searchParams.get("limit"));
    const data = names.slice(from, end).map((name) => ({ ...user, name }));
    return Response.json({ data, next_cursor: end < names.length ? String(end) : null });
  };
  const listed = async (...words: string[]) => {
    const { out } = await daemon.tokligence("user", "list", "--json", ...words);
    return out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).name);
  };
  expect(await listed()).toEqual(names);
  expect(await listed("--limit", "1200")).toEqual(names.slice(0, 1_200));
  expect(daemon.asked.filter((line) => line.includes("/users"))).toEqual([
    "GET /api/v1/users?limit=1000",
    "GET /api/v1/users?limit=1000&cursor=1000",
    "GET /api/v1/users?limit=1000",
    "GET /api/v1/users?limit=200&cursor=1000",
  ]);
});

test("a key whose budget is refused is revoked, since it would spend without bound", async () => {
  daemon.answers["POST /api/v1/keys"] = () => Response.json({ ...key, key: "tok_live_whole" }, { status: 201 });
  daemon.answers["POST /api/v1/budgets"] = () => Response.json({ code: "conflict", detail: "No." }, { status: 409 });
  daemon.answers["DELETE /api/v1/keys/key_1"] = () => Response.json({ ...key, status: "revoked" });
  const words = ["apikey", "create", "ada", "--name", "laptop", "--budget-usd", "0.50"];
  expect(await daemon.tokligence(...words)).toEqual({ out: "", error: "tokligence: No.\n", code: 1 });
  expect(daemon.asked.slice(-2)).toEqual([
    'POST /api/v1/budgets {"scope":"key:key_1","limit_usd":"0.50","window":"month","mode":"hard"}',
    "DELETE /api/v1/keys/key_1",
  ]);
});

test("what is said of a key is changed, and the word none takes it away", async () => {
  daemon.answers["PATCH /api/v1/keys/key_1"] = () => Response.json(key);
  await daemon.tokligence(
    "apikey",
    "update",
    "key_1",
    "--name",
    "ci",
    "--label",
    "a,b",
    "--label",
    "c=d",
    "--rpm",
    "none",
  );
  await daemon.tokligence("apikey", "update", "key_1", "--label", "none", "--address", "none", "--expires", "none");
  expect(daemon.asked.filter((line) => line.startsWith("PATCH"))).toEqual([
    'PATCH /api/v1/keys/key_1 {"name":"ci","labels":["a","b","c=d"],"requests_per_minute":null}',
    'PATCH /api/v1/keys/key_1 {"labels":[],"addresses":[],"expires_at":null}',
  ]);
});

test("status shows what the daemon says, and exit 69 where none runs", async () => {
  expect((await daemon.tokligence("status", "--json")).out).toBe('{"version":"1.2.3"}\n');
  await daemon.stop();
  expect(await daemon.tokligence("status")).toMatchObject({ out: "", code: 69 });
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyView } from "#core/api/identity-view.ts";
import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import { type ControlSocket, openControlSocket } from "#platform/control-socket.ts";

let configDir: string;
let socket: ControlSocket;
let asked: string[];
let answers: Record<string, () => Response>;

beforeEach(() => {
  configDir = mkdtempSync(join(tmpdir(), "cli-"));
  asked = [];
  answers = { "GET /api/v1/status": () => Response.json({ version: "1.2.3" }) };
  const fetch = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const route = `${request.method} ${pathname}`;
    asked.push(`${route}${search} ${await request.text()}`.trim());
    return answers[route]?.() ?? Response.json({ code: "not_found", detail: "Nobody is called so." }, { status: 404 });
  };
  socket = openControlSocket({ dataDir: configDir, app: { fetch } });
});
afterEach(async () => {
  await socket.stop();
  rmSync(configDir, { recursive: true });
});

/** Runs a command beside the daemon above. */
async function tokligence(...words: string[]) {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "../main.ts"), ...words, "--config-dir", configDir],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH, HOME: configDir },
    },
  );
  return { out: await child.stdout.text(), error: await child.stderr.text(), code: await child.exited };
}

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
  answers["POST /api/v1/users"] = () => Response.json(user, { status: 201 });
  const { out, code } = await tokligence("user", "create", "ada@example.com");
  expect(code).toBe(0);
  expect(out).toContain("Created ada <ada@example.com> usr_1");
  await tokligence("user", "create", "Ada", "--email", "ada@example.com");
  expect(asked.filter((line) => line.startsWith("POST"))).toEqual([
    'POST /api/v1/users {"email":"ada@example.com","role":"gateway_user"}',
    'POST /api/v1/users {"email":"ada@example.com","name":"Ada","role":"gateway_user"}',
  ]);
});

test("a new key is one JSON line with id and key", async () => {
  answers["POST /api/v1/keys"] = () => Response.json({ ...key, key: "tok_live_whole" }, { status: 201 });
  const { out, code } = await tokligence(
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
  expect(asked).toContain('POST /api/v1/keys {"user":"ada","name":"laptop","scopes":["models:call","usage:read"]}');
});

test("lists are tables for people and one object a line for programs", async () => {
  answers["GET /api/v1/keys"] = () => Response.json({ data: [key, { ...key, id: "key_2", name: "\u001b[2Jevil" }] });
  const { out } = await tokligence("apikey", "list", "ada");
  expect(out.split("\n").map((line) => line.split(/ +/).slice(0, 2))).toEqual([
    ["ID", "NAME"],
    ["key_1", "laptop"],
    ["key_2", "evil"],
    [""],
  ]);
  const { out: lines } = await tokligence("apikey", "list", "ada", "--json");
  expect(
    lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).id),
  ).toEqual(["key_1", "key_2"]);
  expect(lines).not.toContain("\u001b");
});

test("the daemon's refusal is one line and its exit code", async () => {
  expect(await tokligence("apikey", "revoke", "key_9")).toEqual({
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
  ]) {
    expect(await tokligence(...words)).toMatchObject({ out: "", code: 2 });
  }
  expect(asked).toEqual([]);
});

test("questions of usage carry their period and limit", async () => {
  answers["GET /api/v1/usage/logs"] = () => Response.json({ data: [] });
  expect(await tokligence("usage", "logs", "--limit", "3", "--from", "2026-01-31", "--json")).toEqual({
    out: "",
    error: "",
    code: 0,
  });
  expect(asked).toContain("GET /api/v1/usage/logs?from=2026-01-31T00%3A00%3A00.000Z&limit=3");
});

test("status shows what the daemon says, and exit 69 where none runs", async () => {
  expect((await tokligence("status", "--json")).out).toBe('{"version":"1.2.3"}\n');
  await socket.stop();
  expect(await tokligence("status")).toMatchObject({ out: "", code: 69 });
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "#core/errors.ts";
import { type ControlSocket, openControlSocket } from "#platform/control-socket.ts";
import { RemoteAdministration } from "#platform/remote-administration.ts";

let directory: string;
let socket: ControlSocket | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "remote-"));
});
afterEach(async () => {
  await socket?.stop();
  socket = undefined;
  rmSync(directory, { recursive: true });
});

const user = {
  id: "usr_1",
  email: "a@b.c",
  name: "a",
  role: "gateway_user",
  status: "active",
  created_at: "2026-01-01T00:00:00Z",
};

/** An administration in front of a daemon that gives one answer; `asked` collects what it was asked. */
function answering(response: () => Response, asked: string[] = []): RemoteAdministration {
  socket = openControlSocket({
    dataDir: directory,
    app: {
      async fetch(request) {
        const { pathname, search } = new URL(request.url);
        asked.push(`${request.method} ${pathname}${search} ${await request.text()}`.trim());
        return response();
      },
    },
  });
  return new RemoteAdministration(socket.path);
}

async function rejection(promise: Promise<unknown>): Promise<GatewayError> {
  const thrown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw new Error("not rejected with a GatewayError");
}

test("input and answers travel as JSON", async () => {
  const asked: string[] = [];
  const administration = answering(() => Response.json(user), asked);
  expect(await administration.createUser({ email: "a@b.c" })).toEqual(expect.objectContaining({ id: "usr_1" }));
  expect(asked).toEqual(['POST /api/v1/users {"email":"a@b.c"}']);
});

test("lists are unwrapped, and questions are encoded", async () => {
  const asked: string[] = [];
  const administration = answering(() => Response.json({ data: [] }), asked);
  expect(await administration.listUsers()).toEqual([]);
  expect(await administration.listKeys("a&b@c.d")).toEqual([]);
  expect(await administration.usageLogs({ limit: 3 })).toEqual([]);
  expect(await administration.usageSummary({})).toEqual([]);
  await rejection(administration.revokeKey("../users"));
  await rejection(administration.findKey("a/b"));
  await rejection(administration.updateKey("key_1", { priority: "Low", models: null }));
  expect(asked).toEqual([
    "GET /api/v1/users",
    "GET /api/v1/keys?user=a%26b%40c.d",
    "GET /api/v1/usage/logs?limit=3",
    "GET /api/v1/usage/summary",
    "POST /api/v1/keys/..%2Fusers/revoke",
    "GET /api/v1/keys/a%2Fb",
    'PATCH /api/v1/keys/key_1 {"priority":"Low","models":null}',
  ]);
});

test("a problem document becomes the error it names", async () => {
  const problem = { type: "about:blank", title: "Conflict", status: 409, code: "conflict", detail: "a@b.c is taken." };
  const error = await rejection(answering(() => Response.json(problem, { status: 409 })).listUsers());
  expect([error.code, error.message, error.exitCode]).toEqual(["conflict", "a@b.c is taken.", 1]);
});

test("an unknown code, a foreign answer and silence are unavailable", async () => {
  for (const response of [
    () => Response.json({ code: "brand_new", title: "New" }, { status: 418 }),
    () => new Response("<html>", { status: 502 }),
    () => Response.json({ data: [{ id: 1 }] }),
  ]) {
    expect((await rejection(answering(response).listUsers())).code).toBe("unavailable");
    await socket?.stop();
  }
  expect((await rejection(new RemoteAdministration(join(directory, "control.sock")).listUsers())).code).toBe(
    "unavailable",
  );
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Administration } from "#core/api/operations.ts";
import { GatewayError } from "#core/errors.ts";
import { type ControlSocket, openControlSocket } from "#platform/control-socket.ts";
import { remoteAdministration } from "#platform/remote-administration.ts";

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
function answering(response: () => Response, asked: string[] = []): Administration {
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
  return remoteAdministration(socket.path);
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

test("paths, questions and bodies are made of the one input, and pages come as they are", async () => {
  const asked: string[] = [];
  const page = { data: [], next_cursor: "more" };
  const administration = answering(() => Response.json(page), asked);
  expect(await administration.listUsers({})).toEqual(page);
  expect(await administration.listKeys({ user: "a&b@c.d", limit: 3 })).toEqual(page);
  expect(await administration.usageSummary({ group_by: ["day", "model"] })).toEqual({ data: [] });
  await rejection(administration.revokeKey({ id: "../users" }));
  await rejection(administration.updateKey({ id: "key_1", priority: "Low", models: null }));
  await rejection(administration.setTeamMember({ id: "a/b", user: "c d", role: "admin" }));
  await rejection(administration.removeTeamMember({ id: "$&", user: "é" }));
  expect(asked).toEqual([
    "GET /api/v1/users",
    "GET /api/v1/keys?user=a%26b%40c.d&limit=3",
    "GET /api/v1/usage/summary?group_by=day%2Cmodel",
    "DELETE /api/v1/keys/..%2Fusers",
    'PATCH /api/v1/keys/key_1 {"priority":"Low","models":null}',
    'PUT /api/v1/teams/a%2Fb/members/c%20d {"role":"admin"}',
    "DELETE /api/v1/teams/%24%26/members/%C3%A9",
  ]);
});

test("a problem document becomes the error it names", async () => {
  const details = { field: "email" };
  const problem = { title: "Conflict", status: 409, code: "conflict", detail: "a@b.c is taken.", details };
  const error = await rejection(answering(() => Response.json(problem, { status: 409 })).listUsers({}));
  expect([error.code, error.message, error.exitCode]).toEqual(["conflict", "a@b.c is taken.", 1]);
  expect(error.details).toEqual(details);
});

test("an unknown code, a foreign answer and silence are unavailable", async () => {
  for (const response of [
    () => Response.json({ code: "brand_new", title: "New" }, { status: 418 }),
    () => new Response("<html>", { status: 502 }),
    () => Response.json({ data: [{ id: 1 }] }),
  ]) {
    expect((await rejection(answering(response).listUsers({}))).code).toBe("unavailable");
    await socket?.stop();
  }
  expect((await rejection(remoteAdministration(join(directory, "control.sock")).listUsers({}))).code).toBe(
    "unavailable",
  );
});

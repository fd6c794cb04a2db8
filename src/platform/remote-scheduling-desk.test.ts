import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noTimeRules } from "#core/api/time-rules.ts";
import { type ControlSocket, openControlSocket } from "#platform/control-socket.ts";
import { RemoteSchedulingDesk } from "#platform/remote-scheduling-desk.ts";

let directory: string;
let socket: ControlSocket;
let asked: string[];
let answer: unknown;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "desk-"));
  asked = [];
  const fetch = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    asked.push(`${request.method} ${pathname}${search} ${await request.text()}`.trim());
    return Response.json(answer);
  };
  socket = openControlSocket({ dataDir: directory, app: { fetch } });
});
afterEach(async () => {
  await socket.stop();
  rmSync(directory, { recursive: true });
});

test("each question has its path, and the answer is taken as it is", async () => {
  const desk = new RemoteSchedulingDesk(socket.path);
  const off = { enabled: false as const, message: "Scheduling is off.", degraded: ["spooling" as const] };
  answer = off;
  expect(await desk.status()).toEqual(off);
  answer = noTimeRules;
  expect(await desk.timeRules()).toEqual(noTimeRules);
  expect(await desk.reloadTimeRules()).toEqual(noTimeRules);
  answer = { model: "org/m", protocol: "openai-chat", work_mode: "auto", route: "*", pools: [], pool_weights: null };
  expect(await desk.explainRoute({ model: "org/m" })).toMatchObject({ route: "*" });
  await desk.explainRoute({ model: "m", protocol: "gemini-generate" });
  expect(asked).toEqual([
    "GET /api/v1/scheduler",
    "GET /api/v1/time-rules",
    "POST /api/v1/time-rules/reload",
    "GET /api/v1/routes/explain?model=org%2Fm",
    "GET /api/v1/routes/explain?model=m&protocol=gemini-generate",
  ]);
});

test("an answer of another version is not taken for one", async () => {
  answer = { enabled: true };
  const failure = await new RemoteSchedulingDesk(socket.path).explain({ model: "m" }).catch((thrown) => thrown);
  expect(failure).toMatchObject({ code: "unavailable" });
  expect(asked).toEqual(['POST /api/v1/scheduler/explain {"model":"m"}']);
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ControlClient } from "#platform/control-client.ts";
import { controlHeader, readControlPort } from "#platform/control-port.ts";
import { type ControlSocket, openControlSocket } from "#platform/control-socket.ts";
import { probeDaemon } from "#platform/daemon-status.ts";
import type { RequestHandler } from "#platform/listener.ts";

let dataDir: string;
let path: string;
const open: ControlSocket[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "control-"));
  path = join(dataDir, "control.port");
});
afterEach(async () => {
  for (const socket of open.splice(0)) await socket.stop();
  rmSync(dataDir, { recursive: true });
});

const status: RequestHandler = {
  fetch: (_, { root, address }) => Response.json({ version: "1.2.3", root, address }),
};

function opened(app = status): ControlSocket {
  const socket = openControlSocket({ dataDir, app, kind: "port" });
  open.push(socket);
  return socket;
}

test("a private file tells of the port, whose callers are root, and it is gone after the stop", async () => {
  const socket = opened();
  expect(socket.path).toBe(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect((await probeDaemon(dataDir, { kind: "port" }))?.status).toEqual({ version: "1.2.3", root: true, address: "" });
  await socket.stop();
  expect(existsSync(path)).toBe(false);
  expect(await probeDaemon(dataDir, { kind: "port" })).toBeUndefined();
});

test("what lies in the way of the file is neither followed nor filled", async () => {
  const [part, elsewhere] = [`${path}.part`, join(dataDir, "elsewhere")];
  writeFileSync(elsewhere, "mine");
  for (const leave of [
    () => symlinkSync(elsewhere, part),
    () => {
      writeFileSync(part, "left behind");
      chmodSync(part, 0o644);
    },
  ]) {
    leave();
    const socket = opened();
    expect([lstatSync(path).isFile(), lstatSync(path).mode & 0o777]).toEqual([true, 0o600]);
    expect(readFileSync(elsewhere, "utf8")).toBe("mine");
    await socket.stop();
  }
});

test("no proxy of the environment hears of a question, nor of its token", async () => {
  const heard: string[] = [];
  await using proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      heard.push(request.url);
      return new Response(null, { status: 502 });
    },
  });
  opened();
  const named = { HTTP_PROXY: proxy.url.origin, http_proxy: proxy.url.origin, NO_PROXY: "", no_proxy: "" };
  const before = { ...process.env };
  try {
    Object.assign(process.env, named);
    // Or nobody would have been asked, whatever came of it.
    await fetch("http://127.0.0.1:9/");
    expect(heard.splice(0)).toHaveLength(1);
    expect((await probeDaemon(dataDir, { kind: "port" }))?.status.version).toBe("1.2.3");
  } finally {
    for (const name of Object.keys(named)) delete process.env[name];
    Object.assign(process.env, before);
  }
  expect(heard).toEqual([]);
});

test("a question has its method, its body and its time", async () => {
  const silence = Promise.withResolvers<Response>();
  opened({
    async fetch(request) {
      if (request.method === "DELETE") return silence.promise;
      return Response.json({ said: `${request.method} ${new URL(request.url).search} ${await request.text()}` });
    },
  });
  const client = new ControlClient(path);
  const schema = z.object({ said: z.string() });
  expect(await client.send("PATCH", "/x?a=1", schema, { body: { b: "ä" } })).toEqual({ said: 'PATCH ?a=1 {"b":"ä"}' });
  expect(await client.send("GET", "/x", schema)).toEqual({ said: "GET  " });
  const late = client.send("DELETE", "/x", schema, { timeoutMs: 50 });
  await expect(late).rejects.toThrow("The daemon gave no answer within 0.05 s.");
  silence.resolve(Response.json({}));
});

test("who does not say what stands in the file is refused and learns nothing", async () => {
  opened();
  const { port, token, proof } = readControlPort(path);
  for (const said of [undefined, "", proof, token.slice(1), `${token}0`]) {
    const headers: Record<string, string> = said === undefined ? {} : { [controlHeader]: said };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/status`, { headers });
    expect([said, answer.status, answer.headers.get(controlHeader), await answer.text()]).toEqual([
      said,
      403,
      null,
      "",
    ]);
  }
});

test("another program that has got the port of a daemon that was killed is nobody, whatever it answers", async () => {
  const proof = "said by nobody else";
  await using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ version: "9" }) });
  writeFileSync(path, JSON.stringify({ port: other.port, pid: process.pid, token: "t", proof }));
  expect(await probeDaemon(dataDir, { kind: "port" })).toBeUndefined();
  opened();
  expect((await probeDaemon(dataDir, { kind: "port" }))?.status.version).toBe("1.2.3");
});

test("the file of a daemon that was killed is nobody at once, also where its port stays silent", async () => {
  const killed = Bun.spawn([process.execPath, "-e", ""]);
  await killed.exited;
  const silence = Promise.withResolvers<Response>();
  let asked = 0;
  await using silent = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch() {
      asked += 1;
      return silence.promise;
    },
  });
  writeFileSync(path, JSON.stringify({ port: silent.port, pid: killed.pid, token: "t", proof: "p" }));
  expect(await probeDaemon(dataDir, { kind: "port" })).toBeUndefined();
  expect(asked).toBe(0);
});

test("a daemon that stops leaves the file of the next one alone", async () => {
  const before = opened();
  opened();
  const next = readFileSync(path, "utf8");
  await before.stop();
  expect(readFileSync(path, "utf8")).toBe(next);
});

test("a port where nobody listens is nobody, and a damaged file is told of", async () => {
  const free = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("") });
  await free.stop();
  writeFileSync(path, JSON.stringify({ port: free.port, pid: process.pid, token: "t", proof: "p" }));
  expect(await probeDaemon(dataDir, { kind: "port" })).toBeUndefined();
  writeFileSync(path, "{");
  await expect(probeDaemon(dataDir, { kind: "port" })).rejects.toThrow("control.port is damaged");
});

test("a handler that throws becomes a plain 500, which the client reports as the daemon's error", async () => {
  opened({
    fetch() {
      throw new Error("canary");
    },
  });
  await expect(probeDaemon(dataDir, { kind: "port" })).rejects.toThrow("Internal error");
});

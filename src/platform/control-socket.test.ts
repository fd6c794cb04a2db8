import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlSocket, openControlSocket } from "#platform/control-socket.ts";
import { probeDaemon } from "#platform/daemon-status.ts";
import type { RequestHandler } from "#platform/listener.ts";

let dataDir: string;
const open: ControlSocket[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "control-"));
});
afterEach(async () => {
  for (const socket of open.splice(0)) await socket.stop();
  rmSync(dataDir, { recursive: true });
});

const status: RequestHandler = {
  fetch: (_, { root, address }) => Response.json({ version: "1.2.3", root, address }),
};

function opened(directory = dataDir): ControlSocket {
  const socket = openControlSocket({ dataDir: directory, app: status });
  open.push(socket);
  return socket;
}

test("the socket is private, its callers are root, and it is gone after the stop", async () => {
  const socket = opened();
  expect(socket.path).toBe(join(dataDir, "control.sock"));
  expect(statSync(socket.path).mode & 0o777).toBe(0o600);
  expect((await probeDaemon(dataDir))?.status).toEqual({ version: "1.2.3", root: true, address: "" });
  await socket.stop();
  expect(existsSync(socket.path)).toBe(false);
  expect(await probeDaemon(dataDir)).toBeUndefined();
});

test("no daemon, no directory and a file that is no socket mean that nobody answers", async () => {
  expect(await probeDaemon(dataDir)).toBeUndefined();
  expect(await probeDaemon(join(dataDir, "none"))).toBeUndefined();
  writeFileSync(join(dataDir, "control.sock"), "");
  expect(await probeDaemon(dataDir)).toBeUndefined();
});

test("the socket of a daemon that was killed is nobody, and the next daemon takes its place", async () => {
  const script = `Bun.serve({ unix: ${JSON.stringify(join(dataDir, "control.sock"))}, fetch: () => new Response("") });
    process.kill(process.pid, "SIGKILL");`;
  await Bun.spawn([process.execPath, "-e", script]).exited;
  expect(existsSync(join(dataDir, "control.sock"))).toBe(true);
  expect(await probeDaemon(dataDir)).toBeUndefined();
  opened();
  expect(await probeDaemon(dataDir)).toBeDefined();
});

test("another file of that name is left alone and named", () => {
  writeFileSync(join(dataDir, "control.sock"), "mine");
  expect(() => opened()).toThrow(/control\.sock is in the way/);
  rmSync(join(dataDir, "control.sock"));
});

test("a data directory too deep for a socket gets one elsewhere, found through control.path", async () => {
  const deep = join(dataDir, "d".repeat(60), "e".repeat(60));
  mkdirSync(deep, { recursive: true });
  const socket = opened(deep);
  expect(Buffer.byteLength(socket.path)).toBeLessThan(104);
  expect(statSync(join(socket.path, "..")).mode & 0o777).toBe(0o700);
  expect((await probeDaemon(deep))?.socketPath).toBe(socket.path);
  await socket.stop();
  expect(existsSync(join(socket.path, ".."))).toBe(false);
  expect(existsSync(join(deep, "control.path"))).toBe(false);
});

test("a handler that throws becomes a plain 500, which the client reports as the daemon's error", async () => {
  const socket = openControlSocket({
    dataDir,
    app: {
      fetch() {
        throw new Error("canary");
      },
    },
  });
  open.push(socket);
  await expect(probeDaemon(dataDir)).rejects.toThrow("Internal error");
});

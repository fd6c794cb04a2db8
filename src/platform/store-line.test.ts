import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "#core/errors.ts";
import type { AskStore } from "#core/store-call.ts";
import { openStoreLine, type StoreLine } from "#platform/store-line.ts";
import { StoreLineClient } from "#platform/store-line-client.ts";

let directory: string;
let ready: PromiseWithResolvers<AskStore>;
let line: StoreLine;
let client: StoreLineClient;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "line-"));
  ready = Promise.withResolvers();
  line = openStoreLine(directory, ready.promise);
  client = new StoreLineClient(line.path);
});
afterEach(async () => {
  await line.close();
  rmSync(directory, { recursive: true, force: true });
});

const call = { thread: "writer", method: "settle", args: ["batch", 1n] } as const;

test("a call waits until there is somebody to answer it, and its answer comes back whole", async () => {
  const asked = client.ask(call);
  expect(await Promise.race([asked, Bun.sleep(20).then(() => "waiting")])).toBe("waiting");
  ready.resolve(async (said) => ({ said, overruns: [{ costNanos: 10n ** 18n }] }));
  expect(await asked).toEqual({ said: call, overruns: [{ costNanos: 10n ** 18n }] });
});

test("what a store refuses is refused here in the same words", async () => {
  const full = new GatewayError("storage_failed", "The disk is full.", { details: { reason: "full" } });
  ready.resolve(() => Promise.reject(full));
  await expect(client.ask(call)).rejects.toMatchObject({
    code: "storage_failed",
    message: "The disk is full.",
    details: { reason: "full" },
  });
});

test("nobody at the other end, or one that never served, is trouble that may pass", async () => {
  const [asked, serving] = [client.ask(call).catch((error: unknown) => error), client.isServing()];
  await Bun.sleep(0);
  await line.close();
  expect(await asked).toMatchObject({ code: "storage_failed", details: { reason: "busy" } });
  expect([await serving, await client.isServing()]).toEqual([false, false]);
  await expect(client.ask(call)).rejects.toMatchObject({ code: "storage_failed", details: { reason: "busy" } });
});

test("a word is heard when it is said, the next one after it, and the end of the process without one", async () => {
  ready.resolve(async () => undefined);
  expect(await client.isServing()).toBe(true);
  const first = client.word();
  line.tell("drain");
  expect(await first).toBe("drain");
  const second = client.word("drain");
  line.tell("stop");
  expect([await second, await client.word("drain")]).toEqual(["stop", "stop"]);
  const third = client.word("stop");
  await line.close();
  expect(await third).toBe("gone");
});

test("its socket is its owner's alone, and gone with it", async () => {
  expect(statSync(line.path).mode & 0o777).toBe(0o600);
  await line.close();
  expect(existsSync(line.path)).toBe(false);
});

test("whoever opens a line, and closes it again, leaves the line of another process alone", async () => {
  ready.resolve(async () => "here");
  const other = `import { openStoreLine } from "#platform/store-line.ts"; await openStoreLine(${JSON.stringify(directory)}, new Promise(() => {})).close();`;
  const child = Bun.spawn([process.execPath, "-e", other], { stdio: ["ignore", "ignore", "pipe"] });
  expect([await child.exited, await child.stderr.text()]).toEqual([0, ""]);
  expect(await client.ask(call)).toBe("here");
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressed, networkCalls, onLonelyMachine } from "../harness/lonely-machine.ts";
import { watched } from "../harness/system-calls.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "offline-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What a program of this directory prints, as JSON. */
async function printed(command: readonly string[]): Promise<Record<string, unknown>> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "inherit"] });
  const [text, code] = await Promise.all([child.stdout.text(), child.exited]);
  expect(code).toBe(0);
  return JSON.parse(text.trim().split("\n").at(-1) ?? "");
}

test("F117 F115 without network and names it starts and serves its own models and those of loopback, and addresses nobody else", async () => {
  const scene = onLonelyMachine([process.execPath, join(import.meta.dir, "offline-scene.ts"), root]);
  const { answers, quiet, later, afterwards, upstream } = await printed(scene);
  expect(answers).toEqual({ builtIn: 200, streamed: true, near: "from loopback", models: 200, doctor: 0 });
  expect(quiet).toEqual([upstream]);
  // What it asks for after that shows that the trap would have caught a question for a name.
  expect(later).toEqual({ far: 502, still: 200, stopped: 0 });
  expect(afterwards).toEqual(expect.arrayContaining([expect.stringContaining(":53")]));
}, 60_000);

test("F115 a day of its timers, from a clock that begins in 1970, addresses nobody though providers are configured", async () => {
  const log = join(root, "calls");
  const configDir = join(root, "configuration");
  mkdirSync(configDir);
  const program = [process.execPath, join(import.meta.dir, "offline-day.ts"), configDir];
  const { host, answers, day } = await printed(watched(program, { calls: networkCalls, log }));
  expect(answers).toEqual(Array(24).fill(200));
  expect(day).toBe("1970-01-02T00:00:00.000Z");
  // The caller is in the same process; it alone has connected.
  expect(addressed(readFileSync(log, "utf8"))).toEqual([String(host)]);
}, 120_000);

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Doors } from "#configurations/doors.ts";
import { layFoundation } from "#configurations/foundation.ts";
import { commandHost } from "#configurations/host.ts";
import { waitingForRestart, withoutRestart } from "#configurations/restart-needed.ts";
import { revealedJson } from "#configurations/revealed-json.ts";
import { fixedKeys } from "#settings/known-keys.ts";
import { loadSettings } from "#settings/load.ts";
import type { Settings } from "#settings/settings.ts";

/** Keys that mean nothing without others; these are there before and after. */
const companions: Readonly<Record<string, string>> = {
  "mail.smtp_url": "smtp://127.0.0.1:1",
  "mail.from": "a@example.com",
  "gateway.tls_cert": "/tmp/cert.pem",
  "gateway.tls_key": "/tmp/key.pem",
  "hooks.script": "/tmp/hook",
  "log.file": "/tmp/log",
  "hooks.url": "http://127.0.0.1:1/hook",
  "hooks.secret": "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
  "scheduler.ageing_ms": "5",
  "provider.p.type": "openai-compatible",
  "provider.p.base_url": "http://127.0.0.1:1/v1",
  "routes.*": "p",
};

/** One of them is a value of any key, and another one than before. */
const values: readonly string[] = [
  ...["true", "false", "3", "9", "0.5", "70", "70000000", "3,2,1", "0,1,1,1,1,1,1,1,1,1", "1,1,1,1,1,1,1,1,1,2"],
  ...[
    "live",
    "debug",
    "translation",
    "shadow",
    "fail_open",
    "simple",
    "multi_dimensional",
    "strict",
    "free",
    "weighted",
    "team",
  ],
  ...[
    "postgresql",
    "gateway.user.deleted",
    "/tmp/other",
    "Europe/Berlin",
    "b@example.com",
    "other",
    "http://127.0.0.1:2/x",
  ],
  ...["https://page.example.com", "smtp://127.0.0.1:2", "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI"],
];

const readFile = (path: string): string | undefined => (path.endsWith("time-rules.ini") ? "" : undefined);

function load(said: Readonly<Record<string, string>>): Settings {
  return loadSettings({ flags: { ...companions, ...said }, environ: {}, home: "/home/ada", readFile }).settings;
}

/** With its secrets, and the order of keys forgotten. */
function revealed(settings: Settings): unknown {
  return JSON.parse(revealedJson(settings));
}

function withAnother(key: string, before: string): Settings | undefined {
  for (const value of values) {
    try {
      const settings = load({ [key]: value });
      if (revealedJson(settings) !== before) return settings;
    } catch {
      // Not a value of this key.
    }
  }
  return undefined;
}

test("every key that does anything is in force after a reload, or named as waiting for a restart", () => {
  const started = load({});
  const before = revealedJson(started);
  const untried: string[] = [];
  for (const [key, { facts }] of fixedKeys) {
    // A profile speaks through the other keys.
    if (typeof facts.awaits === "string" || key === "profile") continue;
    const loaded = withAnother(key, before);
    if (loaded === undefined) {
      untried.push(key);
      continue;
    }
    const isNamed = waitingForRestart([key]).length > 0;
    const after = withoutRestart(started, loaded);
    expect([key, revealed(after)]).toEqual([key, revealed(isNamed ? started : loaded)]);
  }
  // One value is allowed, or none changes what is served.
  expect(untried).toEqual(["gateway.auth.type", "secrets.provider", "audit.enabled"]);
});

test("with another number of levels all that is said of levels waits, and is named", () => {
  const [started, loaded] = [load({}), load({ "scheduler.priority_levels": "3", "scheduler.max_queue": "7" })];
  expect(withoutRestart(started, loaded).scheduling).toEqual(started.scheduling);
  const changed = ["gateway.max_retries", "scheduler.max_queue", "scheduler.priority_levels"];
  expect(waitingForRestart(changed)).toEqual(["scheduler.max_queue", "scheduler.priority_levels"]);
});

/** What of the settings a process follows while it runs, though it is built from them: by `follow`, `enterScheduling`, or a swap of the doors. */
const followed: readonly string[] = [
  ...["mail", "routes", "providers", "gateway.maxConcurrentRequests", "breaker", "rateLimit", "scheduling.rules"],
];

/** The same settings, which write down by path what is read of them. */
function watched<Value extends object>(value: Value, read: Set<string>, path = ""): Value {
  return new Proxy(value, {
    get(target, name) {
      const held: unknown = Reflect.get(target, name);
      if (typeof name === "symbol") return held;
      const own = path === "" ? name : `${path}.${name}`;
      if (isRecord(held)) return watched(held, read, own);
      read.add(own);
      return held;
    },
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Every value another one, lists apart. */
function otherwise(value: unknown): unknown {
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, otherwise(held)]));
  return Array.isArray(value) ? value : Symbol("other");
}

test("whatever the foundation and the doors are built from is settled until a restart, or followed", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tokligence-foundation-"));
  try {
    const started = load({
      "gateway.port": "0",
      "database.path": join(directory, "gateway.db"),
      "scheduling.enabled": "true",
    });
    const read = new Set<string>();
    const settings = watched(started, read);
    const host = commandHost(started);
    const { ladder, metrics } = layFoundation(settings, host);
    const app = {
      fetch: () => new Response(),
      refuseNewWork() {},
      abortRunning() {},
      inFlight: () => 0,
      flushLog() {},
    };
    const behind = { troubles: () => [], ladder, metricsText: metrics.text };
    const doors = new Doors(settings, host, () => app, behind);
    await doors.start().catch(() => undefined);
    await doors.stop();
    const at = (of: unknown, path: string): unknown =>
      path.split(".").reduce((held, name) => (isRecord(held) ? held[name] : undefined), of);
    const after = withoutRestart(started, otherwise(started) as Settings);
    const unsettled = [...read].filter((path) => at(after, path) !== at(started, path));
    const isFollowed = (path: string) => followed.some((one) => path === one || path.startsWith(`${one}.`));
    expect([read.size > 20, unsettled.filter((path) => !isFollowed(path))]).toEqual([true, []]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

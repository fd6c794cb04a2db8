import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Clock } from "#core/effects/clock.ts";
import type { LogFields, LogLevel } from "#core/effects/log.ts";
import { Secret } from "#core/secret.ts";
import { createLog } from "#platform/log-sink.ts";

const clock: Clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6), monotonic: () => 0, after: () => () => undefined };

function written(format: "json" | "text", fields: LogFields, level: LogLevel = "info"): string {
  const lines: string[] = [];
  createLog({ level: "debug", format, clock, write: (line) => lines.push(line) })[level]("request_failed", fields);
  expect(lines).toHaveLength(1);
  return lines.join("");
}

test("an event is one JSON line with time, level, event and its fields", () => {
  const line = written("json", {
    code: "not_found",
    status: 404,
    cost: 12n,
    left: undefined,
    list: ["a", "b"],
    ok: true,
  });
  expect(JSON.parse(line)).toEqual({
    time: "2026-01-02T03:04:05.006Z",
    level: "info",
    event: "request_failed",
    code: "not_found",
    status: 404,
    cost: "12",
    list: ["a", "b"],
    ok: true,
  });
});

test("on a terminal an event is one short readable line", () => {
  expect(written("text", { code: "not_found", message: "no such model", at: 3 }, "warn")).toBe(
    '03:04:05.006 warn  request_failed code=not_found message="no such model" at=3\n',
  );
});

test("a level that is off writes nothing", () => {
  const lines: string[] = [];
  const log = createLog({ level: "warn", format: "json", clock, write: (line) => lines.push(line) });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(["c", "d"]);
});

test("a notice is written at every level", () => {
  const lines: string[] = [];
  const log = createLog({ level: "error", format: "text", clock, write: (line) => lines.push(line) });
  log.notice("login_code", { code: "123456" });
  expect(lines).toEqual(["03:04:05.006 notice login_code code=123456\n"]);
});

test("a secret prints as [secret] and look-alikes of credentials as [redacted]", () => {
  expect(JSON.parse(written("json", { key: new Secret("hunter2") })).key).toBe("[secret]");
  const canaries = [
    "tok_live_abcdefghijklmnopqrstuvwxyz0123456789",
    "sk-ant-api03-AAAABBBBCCCC",
    "sk-proj-AAAABBBBCCCCDDDD",
    `AIza${"S".repeat(35)}`,
    "AKIAIOSFODNN7EXAMPLE",
    `ghp_${"a1".repeat(18)}`,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----",
    "-----BEGIN EC PRIVATE KEY-----\nMIIEvQ",
  ];
  for (const format of ["json", "text"] as const) {
    for (const canary of canaries) {
      const line = written(format, { message: `before ${canary} after`, list: [canary] });
      expect(line).toContain("[redacted]");
      expect(line).not.toContain(canary.slice(8, 24));
    }
    expect(written(format, { a: "authorization: Bearer c4n4ry" })).not.toContain("c4n4ry");
    expect(written(format, { a: "GET /v1/models?key=c4n4ry&x=1" })).not.toContain("c4n4ry");
    expect(written(format, { a: "redis://user:c4n4ry@host/0" })).not.toContain("c4n4ry");
    expect(written(format, { "sk-aaaabbbbccccdddd": "y" })).not.toContain("aaaabbbb");
  }
});

test("ordinary words stay as they are", () => {
  const words = "risk-assessment of task-force-one by me@example.com at http://127.0.0.1:8081/v1";
  expect(JSON.parse(written("json", { message: words })).message).toBe(words);
});

test("a credential on the edge of the cut leaves no half behind", () => {
  const line = written("json", { message: `${"a ".repeat(2040)}tok_live_abcdefghijklmnopqrstuvwxyz0123456789` });
  expect(line).not.toContain("abcdef");
});

test("whatever is logged stays one printable line of bounded length (F100)", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.constantFrom(
      "\u001b[2J\u001b]0;x\u0007",
      '\n{"level":"error"}',
      "\u202eabc",
      "\u{e0041}",
      "\r\n",
      "\u009b31m",
      "x".repeat(50_000),
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(nasty, nasty), fc.constantFrom("json" as const, "text" as const), (fields, format) => {
      const line = written(format, fields);
      expect(line.endsWith("\n")).toBe(true);
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u);
      expect(line.length).toBeLessThanOrEqual(16_384);
      if (format === "json") expect(JSON.parse(line).event).toBe("request_failed");
    }),
    { numRuns: 200 },
  );
});

test("a field cannot pose as the event or the level", () => {
  const line = JSON.parse(written("json", { level: "debug", event: "other", time: "never" }));
  expect([line.level, line.event, line.field_level]).toEqual(["info", "request_failed", "debug"]);
});

test("a line that lost fields says so", () => {
  const fields = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`f${index}`, "y".repeat(4000)]));
  expect(JSON.parse(written("json", fields)).cut).toBe(true);
});

test("the least level changes while a log is written, also for whoever holds it already", () => {
  const lines: string[] = [];
  const log = createLog({ level: "error", format: "text", clock, write: (line) => lines.push(line) });
  log.info("unheard");
  log.setLevel("debug");
  log.debug("heard");
  log.setLevel("warn");
  log.info("unheard");
  log.notice("always");
  expect(lines.map((line) => line.trim().split(" ").at(-1))).toEqual(["heard", "always"]);
});

import { expect, test } from "bun:test";
import { daemonText, statusText } from "#cli/status-text.ts";
import type { GatewayStatus } from "#core/api/status.ts";

const calm: GatewayStatus = {
  version: "1.2.3",
  pid: 4711,
  address: "http://127.0.0.1:8081",
  profile: "personal",
  config_dir: "/home/ada/.config/tokligence",
  started_at: "2026-01-02T03:04:05.678Z",
  uptime_seconds: 93_784,
  requests: 1234,
  in_flight: 2,
  draining: false,
  degraded: [],
  memory: { resident_bytes: 90 * 1_048_576, limit_bytes: null },
  deployments: [],
  last_errors: [],
};
const nowMs = Date.parse("2026-01-03T05:00:00Z");

test("a calm gateway is a handful of lines", () => {
  expect(statusText(calm, nowMs)).toBe(
    [
      "Address       http://127.0.0.1:8081",
      "Process       4711, version 1.2.3, profile personal",
      "Up            1d 2h, since 2026-01-02T03:04:05Z",
      "Requests      1234 so far, 2 running",
      "Memory        90 MiB, no limit known",
      "Degraded      no",
      "Providers     all well",
    ].join("\n"),
  );
});

test("memory that cannot be read is unknown, not none", () => {
  const memory = { resident_bytes: 0, limit_bytes: 1_048_576 };
  expect(statusText({ ...calm, memory }, nowMs)).toContain("Memory        unknown\n");
});

test("troubles are told with who failed, how, how long ago, and nothing is wider than 80 columns", () => {
  const id = `req_${"0".repeat(36)}`;
  const troubled: GatewayStatus = {
    ...calm,
    queued: 7,
    draining: true,
    degraded: ["shed_worst", "spooling"],
    memory: { resident_bytes: 450 * 1_048_576, limit_bytes: 512 * 1_048_576 },
    deployments: [
      {
        id: "openai/gpt-4o",
        health: "open",
        retry_ms: 29_100,
        last_error: { at: "2026-01-03T04:59:59Z", code: "upstream_error" },
      },
      { id: `${"x".repeat(100)}/m`, health: "half-open", retry_ms: 0, last_error: null },
    ],
    last_errors: [
      {
        at: "2026-01-03T04:57:55Z",
        level: "warn",
        event: "request_failed",
        code: "upstream_rate_limited",
        request_id: id,
        provider: "openai",
        model: "gpt-4o",
      },
      {
        at: "2026-01-03T04:00:00Z",
        level: "warn",
        event: "hook_failing",
        code: null,
        request_id: null,
        provider: null,
        model: null,
      },
    ],
    configuration: {
      generation: 3,
      loaded_at: "2026-01-03T04:00:00Z",
      files: [],
      last_failure: { at: "2026-01-03T04:00:00Z", problems: ["x"] },
      restart_needed: ["gateway.port"],
    },
  };
  const text = statusText(troubled, nowMs);
  for (const line of text.split("\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80);
  expect(text).toContain("http://127.0.0.1:8081, draining");
  expect(text).toContain("1234 so far, 2 running, 7 queued");
  expect(text).toContain("450 MiB of 512 MiB, 88 %");
  expect(text).toContain("3, a later one was refused, a restart is needed");
  expect(text).toMatch(/openai\/gpt-4o +out of order +in 30s +upstream_error +1s\n/);
  expect(text).toMatch(/\n…?x+…? +on trial +now\s/);
  expect(text).toContain("Providers     some are out of order\n");
  expect(text).toMatch(new RegExp(`upstream_rate_limited +2m +openai +${id}`));
  expect(text).toMatch(/hook_failing +1h/);
});

test("of hundreds that failed lately the twenty worst are told of, and how many more there are", () => {
  const closed = Array.from({ length: 300 }, (_, index) => deployment(`up/m${index}`, "closed"));
  const text = statusText({ ...calm, deployments: [...closed, deployment("up/last", "open")] }, nowMs);
  expect(text.split("\n").filter((line) => line.startsWith("up/"))).toHaveLength(20);
  expect(text).toMatch(/AGO\nup\/last +out of order/);
  const healed = statusText({ ...calm, deployments: closed.slice(0, 1) }, nowMs);
  expect(healed).toContain("Providers     all healthy, though some failed lately\n");
  expect(healed).toMatch(/up\/m0 +healthy\s*$/);
  expect(text).toEndWith("and 281 more; --json has them all");
});

test("a gateway of another version is shown too: more that it says is left out, and what it says otherwise stands as it is", () => {
  const daemon = (status: object) => ({ socketPath: "/x/control.sock", status: { version: "9.0.0", ...status } });
  expect(daemonText(daemon({ ...calm, moon: "full" }), nowMs)).toBe(
    `${statusText({ ...calm, control_socket: "/x/control.sock" }, nowMs)}`,
  );
  expect(daemonText(daemon({ in_flight: 2, draining: false }), nowMs)).toBe(
    'A gateway of version 9.0.0 says:\nversion       "9.0.0"\nin_flight     2\ndraining      false',
  );
  expect(daemonText(daemon({ ...calm, degraded: ["step_of_tomorrow"] }), nowMs)).toContain('["step_of_tomorrow"]');
});

function deployment(id: string, health: "open" | "closed"): GatewayStatus["deployments"][number] {
  return { id, health, retry_ms: 0, last_error: null };
}

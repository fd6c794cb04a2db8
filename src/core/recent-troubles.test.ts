import { expect, test } from "bun:test";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { RecentTroubles } from "#core/recent-troubles.ts";

function watched() {
  const clock = new VirtualClock();
  const [inner, troubles] = [new RecordingLog(), new RecentTroubles(clock)];
  return { clock, inner, troubles, log: troubles.watching(inner) };
}

test("warnings, errors and refused calls are kept, the newest first, and every line goes on to the log", () => {
  const { clock, inner, troubles, log } = watched();
  log.info("listening", {});
  log.warn("circuit_opened", { deployment: "a/b" });
  clock.advance(1000);
  log.info("request_failed", { request_id: "req_1", code: "not_found", message: "no such thing as canary" });
  log.debug("request_finished", { request_id: "req_2" });
  log.notice("login_code", { code: "123456" });
  expect(troubles.newest.map(({ event, code, requestId }) => [event, code, requestId])).toEqual([
    ["request_failed", "not_found", "req_1"],
    ["circuit_opened", undefined, undefined],
  ]);
  const [newest, older] = troubles.newest;
  expect((newest?.atMs ?? 0) - (older?.atMs ?? 0)).toBe(1000);
  expect(inner.events).toEqual(["listening", "circuit_opened", "request_failed", "request_finished", "login_code"]);
  expect(JSON.stringify(troubles.newest)).not.toMatch(/canary|123456/);
});

test("what is said of one request is one trouble: its last word, with whoever was asked before", () => {
  const { troubles, log } = watched();
  log.warn("attempt_failed", { request_id: "req_1", provider: "eu", model: "m", code: "upstream_timeout" });
  log.debug("attempt_failed", { request_id: "req_1", provider: "us", model: "m", code: "upstream_error" });
  log.warn("request_failed", { request_id: "req_1", code: "upstream_error" });
  expect(troubles.newest).toMatchObject([
    { event: "request_failed", level: "warn", code: "upstream_error", provider: "us", model: "m" },
  ]);
});

test("a flood keeps ten", () => {
  const { troubles, log } = watched();
  for (let call = 0; call < 1000; call += 1)
    log.info("request_failed", { request_id: `req_${call}`, code: "overloaded" });
  expect(troubles.newest.map(({ requestId }) => requestId)).toEqual(
    Array.from({ length: 10 }, (_, index) => `req_${999 - index}`),
  );
});

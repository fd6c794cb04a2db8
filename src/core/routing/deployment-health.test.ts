import { expect, test } from "bun:test";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { type ErrorCode, GatewayError } from "#core/errors.ts";
import { deploymentIdOf } from "#core/routing/deployment-id.ts";
import { testHealth } from "#core/test-gateway.ts";

function scene() {
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const health = testHealth(clock, log, meter);
  const told: string[] = [];
  health.onChange((id, state) => told.push(`${id} ${state}`));
  const fail = (of: ReturnType<typeof at>, code: ErrorCode = "upstream_error", times = 5): void => {
    for (let turn = 0; turn < times; turn += 1) health.failed(of, new GatewayError(code, "no"));
  };
  const stateOf = (of: ReturnType<typeof at>) => health.stateOf(deploymentIdOf(of));
  return { clock, log, meter, health, told, fail, stateOf };
}

const at = (name: string, model = "m", account?: number) => ({
  provider: { name, ...(account === undefined ? {} : { account }) },
  model,
});
const eu = at("eu");

test("a model that ends without a usable answer says nothing against its provider, however often", () => {
  const { health, stateOf } = scene();
  const error = new GatewayError("upstream_bad_response", "no", { details: { finish_reason: "MALFORMED_RESPONSE" } });
  for (let turn = 0; turn < 100; turn += 1) health.failed(eu, error);
  expect(stateOf(eu)).toBe("closed");
});

test("an operator is told who failed lately, how, when, and until when it is left alone", () => {
  const { health, clock, fail } = scene();
  fail(at("us"), "upstream_timeout", 1);
  clock.advance(10_000);
  fail(eu, "upstream_overloaded");
  expect(health.troubled()).toMatchObject([
    {
      id: "us/m",
      state: "closed",
      retryAfterMs: 0,
      lastFailure: { code: "upstream_timeout", atMs: clock.now() - 10_000 },
    },
    {
      id: "eu/m",
      state: "open",
      retryAfterMs: 30_000,
      lastFailure: { code: "upstream_overloaded", atMs: clock.now() },
    },
  ]);
});

test("TC-P1-CB-001 test_circuit_breaker: failures in a row open a deployment, and whoever listens is told once", () => {
  const { told, fail, stateOf, meter, log } = scene();
  fail(eu, "upstream_overloaded", 4);
  expect(stateOf(eu)).toBe("closed");
  fail(eu, "upstream_timeout", 3);
  expect(stateOf(eu)).toBe("open");
  expect(stateOf(at("us"))).toBe("closed");
  expect(told).toEqual(["eu/m open"]);
  expect(meter.value("tokligence_circuit_breaker_state", "eu/m")).toBe(1);
  expect(log.lines).toMatchObject([{ level: "warn", event: "circuit_opened", fields: { deployment: "eu/m" } }]);
});

test("TC-P1-CB-002 test_circuit_breaker: after 30 s it is half-open by itself, a success closes it, states are 0, 1, 2", () => {
  const { clock, told, health, fail, stateOf, meter, log } = scene();
  fail(eu);
  clock.advance(29_999);
  expect([stateOf(eu), health.retryAfterMs(deploymentIdOf(eu))]).toEqual(["open", 1]);
  clock.advance(1);
  expect([stateOf(eu), health.retryAfterMs(deploymentIdOf(eu))]).toEqual(["half-open", 0]);
  expect(meter.value("tokligence_circuit_breaker_state", "eu/m")).toBe(2);
  health.answered(eu);
  expect(stateOf(eu)).toBe("closed");
  expect(told).toEqual(["eu/m open", "eu/m half-open", "eu/m closed"]);
  expect(meter.value("tokligence_circuit_breaker_state", "eu/m")).toBe(0);
  for (const state of ["open", "half-open", "closed"]) {
    expect(meter.value("tokligence_circuit_breaker_transitions_total", "eu/m", state)).toBe(1);
  }
  expect(log.events).toEqual(["circuit_opened", "circuit_half_open", "circuit_closed"]);
});

test("F46 a provider that is down for a minute opens once, and closes with the first answer it gives", () => {
  const { clock, health, fail, stateOf, told } = scene();
  for (let second = 0; second < 60; second += 1) {
    fail(eu, second % 2 === 0 ? "upstream_overloaded" : "upstream_error", 1);
    clock.advance(1000);
  }
  expect(told.filter((line) => line.endsWith("open") && !line.endsWith("half-open")).length).toBeLessThanOrEqual(2);
  health.answered(eu);
  expect(stateOf(eu)).toBe("closed");
});

test("F45 a 429 is not ill health, nor is a refused request or a caller that left", () => {
  const { fail, stateOf, health } = scene();
  const innocent: ErrorCode[] = [
    "upstream_rate_limited",
    "upstream_rejected",
    "unsupported_value",
    "client_closed",
    "deadline_exceeded",
    "upstream_too_large",
    "internal",
  ];
  for (const code of innocent) fail(eu, code, 50);
  expect([stateOf(eu), health.isQuiet]).toEqual(["closed", true]);
});

test("a refusal of the request itself proves that the deployment is well", () => {
  const { fail, stateOf, clock } = scene();
  fail(eu);
  clock.advance(30_000);
  fail(eu, "upstream_rejected", 1);
  expect(stateOf(eu)).toBe("closed");
});

test("F47 a refused key is out of use at once with all its models; the other keys of the provider go on", () => {
  const { clock, fail, stateOf, told, health } = scene();
  const first = at("eu", "m", 1);
  const other = at("eu", "n", 1);
  const second = at("eu", "m", 2);
  fail(other, "upstream_error", 1);
  fail(first, "upstream_auth", 1);
  expect([stateOf(first), stateOf(other), stateOf(second)]).toEqual(["open", "open", "closed"]);
  // The account itself too: its other deployments are not known by name.
  expect(told.toSorted()).toEqual(["eu#1/ open", "eu#1/m open", "eu#1/n open"]);
  expect(health.retryAfterMs(deploymentIdOf(other))).toBe(60_000);
  clock.advance(60_000);
  expect([stateOf(first), stateOf(other)]).toEqual(["half-open", "half-open"]);
  health.answered(other);
  expect([stateOf(first), stateOf(other)]).toEqual(["closed", "closed"]);
});

test("an open deployment of a key in quarantine stays open when the key is well again", () => {
  const { clock, health, fail, stateOf } = scene();
  clock.advance(1);
  fail(eu, "upstream_auth", 1);
  clock.advance(59_999);
  fail(eu);
  fail(at("eu", "n"), "upstream_error", 1);
  health.answered(at("eu", "n"));
  expect([stateOf(eu), stateOf(at("eu", "n"))]).toEqual(["open", "closed"]);
});

test("what is well again costs nothing: it is forgotten", () => {
  const { clock, health, fail } = scene();
  fail(eu);
  expect([...health.all()]).toEqual([[deploymentIdOf(eu), "open"]]);
  clock.advance(30_000);
  health.answered(eu);
  expect(health.isQuiet).toBe(false);
  clock.advance(60_000);
  health.answered(eu);
  expect([health.isQuiet, clock.pending]).toEqual([true, 0]);
});

test("models that callers think of take no state without end and no labels", () => {
  const { clock, health, fail, meter, told } = scene();
  for (let model = 0; model < 3000; model += 1) fail(at("eu", `made-up-${model}`));
  expect([...health.all()].length).toBe(1000);
  expect(clock.pending).toBe(1000);
  expect(meter.value("tokligence_circuit_breaker_transitions_total", "eu/other", "open")).toBe(3000);
  expect(told.filter((line) => line.endsWith(" closed")).length).toBeGreaterThanOrEqual(1999);
});

test("stopped, it leaves no clock behind", async () => {
  const { clock, health, fail } = scene();
  fail(eu);
  fail(at("us"), "upstream_auth", 1);
  expect(clock.pending).toBe(2);
  await health.start();
  await health.stop();
  expect(clock.pending).toBe(0);
});

test("a key that is refused for one model (403) is left alone for that model at once, and for no other", () => {
  const { clock, health, stateOf } = scene();
  const forbidden = at("eu", "forbidden");
  health.failed(forbidden, { code: "upstream_auth", details: { upstream_status: 403 } });
  expect([stateOf(forbidden), stateOf(eu)]).toEqual(["open", "closed"]);
  clock.advance(30_000);
  expect(stateOf(forbidden)).toBe("half-open");
  health.failed(eu, { code: "upstream_auth", details: { upstream_status: 401 } });
  expect([stateOf(forbidden), stateOf(eu)]).toEqual(["open", "open"]);
});

test("an account that starts afresh is sound again at once, and whoever listens hears it; others stay as they are", () => {
  const { clock, told, health, fail, stateOf } = scene();
  fail(eu, "upstream_auth");
  fail(at("us"));
  expect([stateOf(eu), stateOf(at("eu", "other")), stateOf(at("us"))]).toEqual(["open", "open", "open"]);
  health.startAfresh("eu");
  expect([stateOf(eu), stateOf(at("eu", "other")), stateOf(at("us"))]).toEqual(["closed", "closed", "open"]);
  expect(told.slice(-2)).toEqual(["eu/m closed", "eu/ closed"]);
  expect(clock.pending).toBe(1);
});

test("new rules hold for whatever fails after them", () => {
  const { health, fail, stateOf } = scene();
  fail(at("us"), "upstream_error", 1);
  health.setRules({ threshold: 1, openMs: 1_000, failurePercent: 0, windowMs: 30_000, minimumRequests: 20, probes: 3 });
  fail(eu, "upstream_error", 1);
  expect([stateOf(eu), stateOf(at("us")), health.probes]).toEqual(["open", "closed", 3]);
});

test("what comes of the key before says nothing of the account that started afresh, and is heard no more", () => {
  const { health, fail, stateOf } = scene();
  const before = at("eu");
  fail(before, "upstream_auth");
  health.startAfresh("eu", before.provider);
  fail(before, "upstream_auth");
  expect([stateOf(eu), health.isRetired(before.provider), health.isRetired(eu.provider)]).toEqual([
    "closed",
    true,
    false,
  ]);
  fail(eu, "upstream_auth");
  health.answered(before);
  expect(stateOf(eu)).toBe("open");
});

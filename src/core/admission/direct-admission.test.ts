import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import { DirectAdmission } from "#core/admission/direct-admission.ts";
import { stubProvider } from "#core/routing/stub-provider.ts";
import type { Lease } from "#core/admission/admission.ts";
import { modelCall, testHealth } from "#core/test-gateway.ts";

const call = modelCall(new AbortController().signal, "m");
const end = { tokens: undefined, sent: true };

function candidate(name: string): Candidate {
  const spoken = { upstreamProtocol: "openai-chat", translate: false } as const;
  return { provider: stubProvider(name), model: "m", weight: 1, pool: 0, ...spoken };
}

function scene() {
  const clock = new VirtualClock();
  const health = testHealth(clock);
  const admission = new DirectAdmission(health, clock);
  const admit = (...candidates: Candidate[]): Lease =>
    admission.admit({
      call,
      level: 5,
      candidates,
      giveUpAtMs: 10_000,
      lastResort: true,
      expected: () => {
        throw new Error("Nobody needs an estimate.");
      },
    });
  const named = (...candidates: Candidate[]): string => {
    const lease = admit(...candidates);
    lease.release(end);
    return lease.candidate.provider.name;
  };
  const open = (of: Candidate): void => {
    for (let turn = 0; turn < 5; turn += 1) health.failed(of, new GatewayError("upstream_error", "no"));
  };
  return { clock, health, admission, admit, named, open };
}

const a = candidate("a");
const b = candidate("b");

test("while all is well the first goes at once, unmetered, and nobody waits anywhere", () => {
  const { admit, admission } = scene();
  const lease = admit(a, b);
  expect(lease).toMatchObject({ candidate: a, waitedMs: 0, position: 0, metered: false });
  lease.produced(1);
  lease.told({ tokens: { remaining: 0 } });
  lease.firstContent(1);
  lease.release(end);
  expect(admission.placeOf()).toBeUndefined();
});

test("an open deployment is passed over as long as its pool has somebody else", () => {
  const { named, open } = scene();
  open(a);
  expect([named(a, b), named(a, b), named(b, a)]).toEqual(["b", "b", "b"]);
});

test("an open deployment without anybody else is asked by one request at a time, the others are told when to come back", () => {
  const { admit, open, health } = scene();
  open(a);
  const only = admit(a);
  expect(() => admit(a)).toThrow(expect.objectContaining({ code: "no_capacity", status: 503, retryAfterMs: 30_000 }));
  only.release(end);
  only.release(end);
  const next = admit(a);
  expect(() => admit(a)).toThrow("out of order");
  health.answered(a);
  expect(admit(a).candidate).toBe(a);
  next.release(end);
});

test("TC-P1-CB-002 test_circuit_breaker: half-open, it gets one trial at a time and the rest goes elsewhere", () => {
  const { admit, named, open, clock } = scene();
  open(a);
  clock.advance(30_000);
  const trial = admit(a, b);
  expect([trial.candidate, named(a, b)]).toEqual([a, "b"]);
  expect(() => admit(a)).toThrow(expect.objectContaining({ retryAfterMs: 1000 }));
  trial.release(end);
  expect(named(a, b)).toBe("a");
});

test("whoever is half-open is tried before anybody who is open", () => {
  const { admit, open, clock } = scene();
  open(a);
  clock.advance(30_000);
  open(b);
  expect(admit(b, a).candidate).toBe(a);
  expect(() => admit(b, a)).toThrow("out of order");
});

test("T-46 a provider that said 429 is left alone for its time while there are others, and asked all the same when alone", () => {
  const { admit, named, clock } = scene();
  admit(a, b).rateLimited(5000);
  expect([named(a, b), named(a), named(b, a)]).toEqual(["b", "a", "b"]);
  clock.advance(4999);
  expect(named(a, b)).toBe("b");
  clock.advance(1);
  expect(named(a, b)).toBe("a");
  admit(a, b).rateLimited(undefined);
  expect(named(a, b)).toBe("b");
  clock.advance(1000);
  expect(named(a, b)).toBe("a");
});

test("F45 a provider cannot have itself left alone for longer than five minutes, nor make us remember without end", () => {
  const { admit, named, clock } = scene();
  admit(a, b).rateLimited(1e12);
  clock.advance(300_000);
  expect(named(a, b)).toBe("a");
  for (let model = 0; model < 5000; model += 1) admit({ ...a, model: `made-up-${model}` }).rateLimited(60_000);
  expect(named({ ...a, model: "made-up-4999" }, b)).toBe("b");
});

test("a pause that the key before was told of ends with it, and what that key is told later is not heard", () => {
  const { health, admission, admit, named } = scene();
  const before = candidate("a");
  admission.pause(before, 60_000);
  expect(named(a, b)).toBe("b");
  const running = admit(before);
  health.startAfresh("a", before.provider);
  admission.startAfresh("a");
  running.rateLimited(60_000);
  expect(named(a, b)).toBe("a");
});

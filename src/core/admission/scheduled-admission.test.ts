import { describe, expect, test } from "bun:test";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import { GatewayError } from "#core/errors.ts";
import { ask, at, atOnce, bench, ended, one, refused } from "#core/admission/admission-bench.test-data.ts";
import { failureOf } from "#core/test-gateway.ts";

describe("waiting", () => {
  test("whoever has room goes at once, without a promise or a timer", () => {
    const { admission, clock, meter } = bench({ a: { concurrent: 2 } });
    const lease = atOnce(admission.admit(ask()));
    expect(lease).toMatchObject({ waitedMs: 0, position: 0, metered: true });
    expect(lease.candidate.provider.name).toBe("a");
    expect(admission.state().inFlight).toBe(1);
    lease.release(ended);
    lease.release(ended);
    expect(admission.state().inFlight).toBe(0);
    expect(clock.pending).toBe(0);
    expect(meter.value("tokligence_scheduling_requests_total", "5", "dispatched")).toBe(1);
    expect(meter.observations("tokligence_scheduling_latency_seconds", "5")).toEqual([0]);
  });

  test("T-47 many requests queue at once and go in the order of their levels", async () => {
    const { admission, meter } = bench(one);
    const first = atOnce(admission.admit(ask()));
    const order: number[] = [];
    const waiting = [7, 3, 9, 0, 3].map(async (level, index) => {
      const lease = await admission.admit(ask({ level, id: `req_${index}` }));
      order.push(level);
      lease.release(ended);
    });
    expect(meter.value("tokligence_scheduling_queue_depth", "3")).toBe(2);
    first.release(ended);
    await Promise.all(waiting);
    expect(order).toEqual([0, 3, 3, 7, 9]);
    expect(meter.value("tokligence_scheduling_queue_depth", "3")).toBe(0);
  });

  test("a call that waits can be told its place, and afterwards how long it was", async () => {
    const { admission, clock } = bench(one);
    const first = atOnce(admission.admit(ask()));
    const second = admission.admit(ask({ id: "req_2" }));
    const third = admission.admit(ask({ id: "req_3" }));
    expect(admission.placeOf("req_3")?.position).toBe(1);
    expect(admission.placeOf("req_1")).toBeUndefined();
    clock.advance(250);
    first.release(ended);
    const lease = await second;
    expect(lease).toMatchObject({ waitedMs: 250, position: 0 });
    expect(admission.placeOf("req_2")).toBeUndefined();
    clock.advance(250);
    lease.release(ended);
    expect(await third).toMatchObject({ waitedMs: 500, position: 1 });
  });

  test("F22 a caller that leaves is out of the queue at once, and takes nothing with it", async () => {
    const { admission, meter } = bench(one);
    const first = atOnce(admission.admit(ask()));
    const leaving = new AbortController();
    const gone = admission.admit(ask({ id: "req_2", level: 0, signal: leaving.signal }));
    const stays = admission.admit(ask({ id: "req_3" }));
    leaving.abort(new GatewayError("client_closed", "The caller left."));
    expect(await failureOf(Promise.resolve(gone))).toMatchObject({ code: "client_closed" });
    expect(admission.state()).toMatchObject({ queued: 1, inFlight: 1 });
    expect(meter.value("tokligence_scheduling_requests_total", "0", "cancelled")).toBe(1);
    first.release(ended);
    expect((await stays).candidate.provider.name).toBe("a");
  });

  test("whoever has left before it asks is not asked about", () => {
    const { admission } = bench(one);
    const gone = AbortSignal.abort(new GatewayError("client_closed", "The caller left."));
    expect(refused(() => admission.admit(ask({ signal: gone }))).code).toBe("client_closed");
    expect(admission.state()).toMatchObject({ queued: 0, inFlight: 0 });
  });

  test("one timer wakes it when a pause ends", async () => {
    const { admission, clock } = bench({ a: { concurrent: 5 } });
    const first = atOnce(admission.admit(ask()));
    first.rateLimited(2_000);
    first.release({ tokens: undefined, sent: true });
    const waits = admission.admit(ask({ id: "req_2" }));
    expect(waits).toBeInstanceOf(Promise);
    expect(clock.pending).toBe(1);
    clock.advance(2_100);
    const { waitedMs } = await waits;
    expect(waitedMs).toBeGreaterThanOrEqual(2_000);
    expect(waitedMs).toBeLessThanOrEqual(2_100);
  });
});

describe("refusals", () => {
  test("a full queue says so, by level, with a time to come back", () => {
    const { admission, meter } = bench(one, { maxQueued: 1 });
    admission.admit(ask());
    void admission.admit(ask({ id: "req_2" }));
    const error = refused(() => admission.admit(ask({ id: "req_3" })));
    expect(error).toMatchObject({ code: "queue_full", message: "The queue of level P5 Normal is full." });
    expect(error.details).toEqual({ reason: "queue_full", level: 5 });
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(meter.value("tokligence_scheduling_rejected_total", "5", "queue_full")).toBe(1);
  });

  test("somebody more urgent takes the place of the least urgent in a full queue", async () => {
    const { admission, meter } = bench(one, { maxQueued: 1 });
    admission.admit(ask());
    const evicted = failureOf(Promise.resolve(admission.admit(ask({ id: "req_2", level: 8 }))));
    void admission.admit(ask({ id: "req_3", level: 2, tenant: "other" }));
    expect(await evicted).toMatchObject({ code: "evicted", details: { reason: "evicted", level: 8 } });
    expect(meter.value("tokligence_scheduling_requests_total", "8", "evicted")).toBe(1);
  });

  test("nobody waits longer than the queue's time or the caller's", async () => {
    const { admission, clock } = bench(one, { queueTimeoutUs: 3_000_000 });
    admission.admit(ask());
    const patient = failureOf(Promise.resolve(admission.admit(ask({ id: "req_2" }))));
    const hasty = failureOf(Promise.resolve(admission.admit(ask({ id: "req_3", giveUpAtMs: 2_000, level: 9 }))));
    clock.advance(2_100);
    expect(await hasty).toMatchObject({ code: "deadline_exceeded" });
    expect(admission.state().queued).toBe(1);
    clock.advance(1_000);
    expect(await patient).toMatchObject({ code: "queue_timeout", message: expect.stringContaining("3.0 s") });
    expect(clock.pending).toBe(0);
  });

  test("capacity 0 is no capacity, and of the unhealthy it is said when they are asked again", () => {
    const off = bench({ a: { concurrent: 0 } });
    expect(refused(() => off.admission.admit(ask())).code).toBe("no_capacity");
    const sick = bench({});
    sick.healthChanged("a/m", "open");
    atOnce(sick.admission.admit(ask()));
    expect(refused(() => sick.admission.admit(ask()))).toMatchObject({ code: "no_capacity", retryAfterMs: 7_000 });
  });

  test("what is too long for every deployment is refused, and otherwise goes where it fits", () => {
    const { admission } = bench({ a: { concurrent: 1, contextTokens: 128 }, b: { contextTokens: 1_000 } });
    const error = refused(() => admission.admit(ask({ tokens: 150 })));
    expect(error).toMatchObject({ code: "context_length_exceeded", details: { tokens: 150, max_tokens: 128 } });
    const rerouted = atOnce(admission.admit(ask({ tokens: 150, to: [at("a"), at("b")] })));
    expect(rerouted.candidate.provider.name).toBe("b");
    const longAnswer = ask({ tokens: 100 });
    const request = { operation: "chat", chat: plainChat({ model: "m", maxOutputTokens: 50 }) } as const;
    const call = { ...longAnswer.call, request };
    expect(refused(() => admission.admit({ ...longAnswer, call })).code).toBe("context_length_exceeded");
  });
});

describe("deployments", () => {
  test("a pool gives the place that is free", () => {
    const { admission } = bench({ a: { concurrent: 1 }, b: { concurrent: 1 } });
    const pool = [at("a"), at("b")];
    const names = [1, 2].map(() => atOnce(admission.admit(ask({ to: pool }))).candidate.provider.name);
    expect(names.toSorted()).toEqual(["a", "b"]);
    expect(admission.admit(ask({ to: pool }))).toBeInstanceOf(Promise);
  });

  test("what is out of order is passed over while its pool has somebody else", () => {
    const { admission, healthChanged } = bench({});
    healthChanged("a/m", "open");
    const names = [1, 2, 3].map(() => atOnce(admission.admit(ask({ to: [at("a"), at("b")] }))).candidate.provider.name);
    expect(names).toEqual(["b", "b", "b"]);
    healthChanged("a/m", "closed");
    expect(atOnce(admission.admit(ask({ to: [at("a"), at("b")] }))).candidate.provider.name).toBe("a");
  });

  test("T-30 what was never sent is given back as if it had not been", () => {
    const { admission } = bench({ a: { tokensPerSecond: 20 } });
    for (let attempt = 0; attempt < 100; attempt += 1) {
      atOnce(admission.admit(ask({ tokens: 1_000 }))).release({ tokens: undefined, sent: false });
    }
    expect(admission.state().resources[0]?.tokenDebt).toBe(0);
  });

  test("a model that nobody wrote down is asked for like any other", () => {
    const { admission } = bench({});
    const lease = atOnce(admission.admit(ask({ to: [at("a", "surprise")] })));
    expect(lease).toMatchObject({ metered: false, candidate: { model: "surprise" } });
    expect(admission.state().pools.flatMap(({ deployments }) => deployments.map(({ id }) => id))).toContain(
      "a/surprise",
    );
  });
});

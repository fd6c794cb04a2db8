import { expect, test } from "bun:test";
import { ladderScene } from "#core/degradation/ladder-scene.test-data.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { RunningCalls } from "#http/running-calls.ts";

const alive = new AbortController().signal;

test("a place is given back once, however often it is released", () => {
  const running = new RunningCalls(new VirtualClock(), 2);
  const first = running.begin(alive);
  running.begin(alive);
  first.release();
  first.release();
  expect(running.count).toBe(1);
  running.begin(alive);
  expect(() => running.begin(alive)).toThrow("at once");
});

test("the first reason to abort stays", () => {
  const call = new RunningCalls(new VirtualClock(), 1).begin(alive);
  call.abort(new GatewayError("draining", "First."));
  call.abort(new GatewayError("client_closed", "Second."));
  expect(call.signal.reason).toMatchObject({ code: "draining" });
});

test("a caller that was gone before its turn is aborted from the start", () => {
  const call = new RunningCalls(new VirtualClock(), 1).begin(AbortSignal.abort());
  expect(call.signal.reason).toMatchObject({ code: "client_closed" });
});

test("after release no clock and no caller reaches the call", () => {
  const clock = new VirtualClock();
  const caller = new AbortController();
  const call = new RunningCalls(clock, 1).begin(caller.signal);
  call.deadline(10, "Late.");
  call.release();
  clock.advance(20);
  caller.abort();
  expect(call.signal.aborted).toBe(false);
  expect(clock.pending).toBe(0);
});

test("a draining gateway finishes what runs and takes nothing new", () => {
  const running = new RunningCalls(new VirtualClock(), 2);
  const call = running.begin(alive);
  running.refuseNewWork();
  expect(call.signal.aborted).toBe(false);
  expect(() => running.begin(alive)).toThrow("shutting down");
});

test("a degraded gateway takes nothing new where the ladder says so, and finishes what runs", () => {
  const { ladder, press } = ladderScene();
  const running = new RunningCalls(new VirtualClock(), 2, ladder);
  const call = running.begin(alive);
  press(1_000, 2);
  running.begin(alive).release();
  press(0, 8, 2_000);
  expect(() => running.begin(alive)).toThrow("takes no new requests");
  expect([running.count, call.signal.aborted]).toEqual([1, false]);
  press(0, 70);
  running.begin(alive);
});

test("where shedding is in shadow nobody is refused at the door", () => {
  const { ladder, press, meter } = ladderScene({ mode: "shadow" });
  const running = new RunningCalls(new VirtualClock(), 2, ladder);
  press(0, 8, 2_000);
  running.begin(alive);
  expect(meter.value("tokligence_shed_requests_total", "refuse_new", "shadow")).toBe(1);
});

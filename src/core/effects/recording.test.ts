import { expect, test } from "bun:test";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";

test("a recording log keeps lines in order with level and fields", () => {
  const log = new RecordingLog();
  log.info("started", { port: 1 });
  log.error("broke");
  expect(log.lines).toEqual([
    { level: "info", event: "started", fields: { port: 1 } },
    { level: "error", event: "broke", fields: {} },
  ]);
  expect(log.events).toEqual(["started", "broke"]);
});

test("a recording meter keeps series apart by label values and refuses a wrong number of them", () => {
  const meter = new RecordingMeter();
  const calls = meter.counter("calls_total", "Calls.", ["outcome"]);
  calls.add(1, "ok");
  calls.add(2, "ok");
  calls.add(1, "bad");
  const depth = meter.gauge("depth", "Depth.");
  depth.set(3);
  depth.add(-1);
  const spans = meter.histogram("span_seconds", "Spans.", [1]);
  spans.observe(0.5);
  expect(meter.value("calls_total", "ok")).toBe(3);
  expect(meter.value("calls_total", "bad")).toBe(1);
  expect(meter.value("depth")).toBe(2);
  expect(meter.observations("span_seconds")).toEqual([0.5]);
  expect(() => calls.add(1)).toThrow("label values");
});

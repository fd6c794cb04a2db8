import { expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "#core/errors.ts";
import { parseExposition } from "#integrations/telemetry/exposition-parser.ts";
import { PrometheusRegistry } from "#integrations/telemetry/prometheus.ts";

test("counters, gauges and histograms read as text format 0.0.4, byte for byte", () => {
  const registry = new PrometheusRegistry();
  registry.counter("calls_total", "Calls.", ["route"]).add(2, "/v1");
  registry.gauge("depth", "Depth\nnow.").set(-1.5);
  const histogram = registry.histogram("wait_seconds", "Wait.", [0.1, 1]);
  for (const value of [0.1, 0.5, 7]) histogram.observe(value);
  expect(registry.text()).toBe(
    [
      "# HELP calls_total Calls.",
      "# TYPE calls_total counter",
      'calls_total{route="/v1"} 2',
      "# HELP depth Depth\\nnow.",
      "# TYPE depth gauge",
      "depth -1.5",
      "# HELP wait_seconds Wait.",
      "# TYPE wait_seconds histogram",
      'wait_seconds_bucket{le="0.1"} 1',
      'wait_seconds_bucket{le="1"} 2',
      'wait_seconds_bucket{le="+Inf"} 3',
      "wait_seconds_sum 7.6",
      "wait_seconds_count 3",
      "",
    ].join("\n"),
  );
});

test("whatever label values come, a strict reader gets the same values back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: "grapheme", maxLength: 60 }), fc.string({ maxLength: 60 }))),
      (values) => {
        const registry = new PrometheusRegistry({ seriesLimit: 10_000 });
        const counter = registry.counter("c_total", "C.", ["a", "b"]);
        const expected = new Map<string, number>();
        for (const [a, b] of values) {
          counter.add(1, a, b);
          expected.set(JSON.stringify({ a, b }), (expected.get(JSON.stringify({ a, b })) ?? 0) + 1);
        }
        const read = parseExposition(registry.text()).get("c_total")?.samples ?? [];
        expect(new Map(read.map(({ labels, value }) => [JSON.stringify(labels), value]))).toEqual(expected);
      },
    ),
  );
});

test("an attack on cardinality ends in `other`, and nothing is lost from the sum (F105)", () => {
  const registry = new PrometheusRegistry();
  const counter = registry.counter("models_total", "Models.", ["model", "code"]);
  const histogram = registry.histogram("models_seconds", "Models.", [1], ["model"]);
  for (let index = 0; index < 100_000; index += 1) {
    counter.add(1, `model-${index}`, "200");
    histogram.observe(1, `model-${index}`);
  }
  counter.add(1, "m".repeat(1_000_000), "200");
  const families = parseExposition(registry.text());
  const samples = families.get("models_total")?.samples ?? [];
  expect(samples).toHaveLength(501);
  expect(samples.find(({ labels }) => labels.model === "other")?.labels).toEqual({ model: "other", code: "other" });
  expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(100_001);
  expect(families.get("models_seconds")?.samples.filter(({ name }) => name.endsWith("_count"))).toHaveLength(501);
});

test("a long label value is cut, and two that look alike after the cut are one series", () => {
  const registry = new PrometheusRegistry();
  const counter = registry.counter("c_total", "C.", ["model"]);
  counter.add(1, `${"x".repeat(500)}a`);
  counter.add(1, `${"x".repeat(500)}b`);
  expect(parseExposition(registry.text()).get("c_total")?.samples).toEqual([
    { name: "c_total", labels: { model: "x".repeat(128) }, value: 2 },
  ]);
});

test("a metric without labels shows zero before its first event, one with labels shows nothing", () => {
  const registry = new PrometheusRegistry();
  registry.counter("a_total", "A.");
  registry.counter("b_total", "B.", ["x"]);
  const families = parseExposition(registry.text());
  expect(families.get("a_total")?.samples).toEqual([{ name: "a_total", labels: {}, value: 0 }]);
  expect(families.get("b_total")?.samples).toEqual([]);
});

test("a counter never falls and never becomes not-a-number", () => {
  const registry = new PrometheusRegistry();
  const counter = registry.counter("c_total", "C.");
  for (const amount of [3, -1, Number.NaN]) counter.add(amount);
  const histogram = registry.histogram("h", "H.", [1]);
  histogram.observe(Number.NaN);
  const families = parseExposition(registry.text());
  expect(families.get("c_total")?.samples[0]?.value).toBe(3);
  expect(families.get("h")?.samples.every(({ value }) => value === 0)).toBe(true);
});

test("the same instrument asked for twice is one, in another shape it is an error", () => {
  const registry = new PrometheusRegistry();
  expect(registry.counter("c_total", "C.", ["a"])).toBe(registry.counter("c_total", "C.", ["a"]));
  expect(() => registry.counter("c_total", "C.", ["b"])).toThrow(GatewayError);
  expect(() => registry.gauge("c_total", "C.", ["a"])).toThrow(GatewayError);
  expect(() => registry.counter("bad-name", "C.")).toThrow(GatewayError);
  expect(() => registry.counter("d_total", "C.", ["__x"])).toThrow(GatewayError);
  expect(() => registry.histogram("h", "H.", [2, 1])).toThrow(GatewayError);
});

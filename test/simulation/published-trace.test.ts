/** The trace family: callers, bursts and lengths in the shape of a real service's. */
import { describe, expect, test } from "bun:test";
import { Draws } from "./draws.ts";
import { goodputPerSecond, jainIndex, percentile, sum, waitsUs } from "./measures.ts";
import { drawn, publishedTrace, traceTokensPerSecond } from "./published-trace.ts";
import { p99Seconds } from "./scene.ts";
import { playTrace, traceWindow } from "./trace-scene.ts";

const { conversation, code } = publishedTrace;

test.each([
  ["a conversation's prompt", conversation.prompt, 1_155],
  ["a conversation's answer", conversation.answer, 211],
  ["code's prompt", code.prompt, 2_048],
  ["code's answer", code.answer, 28],
] as const)("%s has the published median, and mean within a tenth", (_, lengths, mean) => {
  const draws = new Draws(1);
  const lengthsDrawn = Array.from({ length: 20_000 }, () => drawn(draws, lengths)).toSorted((a, b) => a - b);
  expect(percentile(lengthsDrawn, 50) / lengths.median).toBeCloseTo(1, 1);
  expect(sum(lengthsDrawn) / lengthsDrawn.length / mean).toBeWithin(0.9, 1.1);
});

describe("a trace of two services, one of them in bursts of twice the mean load", () => {
  test("with twice the capacity of its mean nearly all are let in, and bursts are over within seconds", () => {
    const { simulation, ofTenant } = playTrace(41, 2);
    const refused = simulation.fates.filter(({ refused }) => refused !== undefined);
    expect(refused.length).toBeLessThan(0.002 * simulation.fates.length);
    expect(p99Seconds(waitsUs(simulation.fates, traceWindow))).toBeLessThan(7.5);
    expect(sum(ofTenant.map(({ served }) => served)) / sum(ofTenant.map(({ asked }) => asked))).toBeGreaterThan(0.98);
  });

  test("with the capacity of its mean, bursts are cut, and whoever stays below its share is served as if there were none", () => {
    const { ofTenant, equalShare } = playTrace(42, 1);
    const modest = ofTenant.filter(({ asked }) => asked < equalShare);
    expect(modest.length).toBeGreaterThan(15);
    for (const { name, asked, served } of modest) {
      if (name.startsWith("talks")) expect(served / asked, name).toBeWithin(0.95, 1.1);
    }
    const [talks, codes] = ["talks", "codes"].map((service) => {
      const ours = ofTenant.filter(({ name }) => name.startsWith(service));
      return sum(ours.map(({ served }) => served)) / sum(ours.map(({ asked }) => asked));
    });
    expect(talks).toBeGreaterThan(0.95);
    expect(codes).toBeWithin(0.45, 0.85);
  });

  test("with half of it all capacity is used, those that always ask for too much get the same, and small ones what they ask", () => {
    const { simulation, ofTenant, equalShare } = playTrace(43, 0.5);
    expect(goodputPerSecond(simulation.fates, traceWindow)).toBeGreaterThanOrEqual(0.95 * 0.5 * traceTokensPerSecond);
    const talks = ofTenant.filter(({ name }) => name.startsWith("talks"));
    const large = talks.filter(({ asked }) => asked > 3 * equalShare);
    expect(large.length).toBeGreaterThanOrEqual(2);
    expect(jainIndex(large.map(({ served }) => served))).toBeGreaterThanOrEqual(0.99);
    for (const { name, asked, served } of talks.filter(({ asked }) => asked < equalShare)) {
      expect(served / asked, name).toBeWithin(0.9, 1.1);
    }
  });
});

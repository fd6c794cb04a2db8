import { describe, expect, test } from "bun:test";
import { readResetMs } from "#integrations/providers/reset-time.ts";
import { upstreamLimits, usedUpForMs } from "#integrations/providers/upstream-limits.ts";

const nowMs = Date.UTC(2026, 0, 1);
const headOf = (headers: Record<string, string>) => ({ header: (name: string) => headers[name] });
const read = (headers: Record<string, string>) => upstreamLimits(headOf(headers), nowMs);

test.each([
  [{ "x-ratelimit-remaining-requests": "59", "x-ratelimit-remaining-tokens": "149984" }, [59, 149_984]],
  [{ "anthropic-ratelimit-requests-remaining": "4", "anthropic-ratelimit-tokens-remaining": "80000" }, [4, 80_000]],
  [{ "anthropic-ratelimit-input-tokens-remaining": "7000" }, [undefined, 7000]],
  [{ "x-ratelimit-remaining-requests": " 0 " }, [0, undefined]],
  [{ "x-ratelimit-remaining-tokens": "0" }, [undefined, 0]],
])("F45 what a provider says is left of its limits is read: %j", (headers, [requests, tokens]) => {
  const limits = read(headers);
  expect([limits?.requests?.remaining, limits?.tokens?.remaining]).toEqual([requests, tokens]);
});

test.each(["", "-1", "1e9", "1.5", "0x10", "many", "12, 13", "1".repeat(13), "NaN", "٣"])(
  "F45 %p is junk and read as nothing",
  (text) => {
    expect(read({ "x-ratelimit-remaining-requests": text, "x-ratelimit-remaining-tokens": text })).toBeUndefined();
  },
);

test("F45 junk of one header does not hide what another says", () => {
  const headers = { "x-ratelimit-remaining-tokens": "soon", "anthropic-ratelimit-tokens-remaining": "12" };
  expect(read(headers)).toEqual({ tokens: { remaining: 12 } });
});

test("F45 of several limits of tokens the tightest counts, with its own reset", () => {
  const headers = {
    "anthropic-ratelimit-input-tokens-remaining": "7000",
    "anthropic-ratelimit-input-tokens-reset": "2026-01-01T00:00:09Z",
    "anthropic-ratelimit-output-tokens-remaining": "0",
    "anthropic-ratelimit-output-tokens-reset": "2026-01-01T00:01:00Z",
  };
  expect(read(headers)).toEqual({ tokens: { remaining: 0, resetInUs: 60_000_000 } });
});

test.each(["soon", "-5s", "0s", "25h0m0s", "2025-12-31T23:59:59Z", "2026-01-02T00:00:01Z", "NaN", "1767225600"])(
  "F45 what is left is not believed of a limit that is whole again at %p",
  (reset) => {
    expect(read({ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset })).toBeUndefined();
  },
);

test("F45 T-46 a limit that is used up has room again long before it is whole, where its size is said", () => {
  const usedUp = (unit: string, limit: string, reset: string) => ({
    [`x-ratelimit-limit-${unit}`]: limit,
    [`x-ratelimit-remaining-${unit}`]: "0",
    [`x-ratelimit-reset-${unit}`]: reset,
  });
  expect(read(usedUp("requests", "600", "60s"))).toEqual({ requests: { remaining: 0, resetInUs: 100_000 } });
  expect(read(usedUp("tokens", "2000000", "60s"))).toEqual({ tokens: { remaining: 0, resetInUs: 600_000 } });
  expect(read(usedUp("requests", "many", "60s"))).toEqual({ requests: { remaining: 0, resetInUs: 60_000_000 } });
  expect(read(usedUp("requests", "0", "60s"))).toEqual({ requests: { remaining: 0, resetInUs: 60_000_000 } });
  expect(usedUpForMs(headOf(usedUp("requests", "600", "60s")), nowMs)).toBe(1000);
});

test("F45 how long to wait for limits that are used up is the longest of them", () => {
  const requests = { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s" };
  const tokens = { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s" };
  expect(usedUpForMs(headOf({ ...requests, ...tokens }), nowMs)).toBe(360_000);
  expect(usedUpForMs(headOf({ ...requests, ...tokens, "x-ratelimit-remaining-tokens": "9" }), nowMs)).toBe(1000);
  expect(usedUpForMs(headOf({ "x-ratelimit-remaining-requests": "0" }), nowMs)).toBeUndefined();
});

describe("when a limit is whole again", () => {
  test.each([
    ["1s", 1000],
    ["6m0s", 360_000],
    ["20ms", 20],
    ["1h0m2.5s", 3_602_500],
    ["2m59.56s", 179_560],
    ["1d2h", 93_600_000],
    ["59m", 3_540_000],
    ["7", 7000],
    [" 0.25 ", 250],
    ["2026-01-01T00:00:30Z", 30_000],
    ["2026-01-01T01:00:30.5+01:00", 30_500],
    ["2025-12-31T23:59:30Z", -30_000],
  ])("%p is %d milliseconds from now", (text, milliseconds) => {
    expect(readResetMs(text, undefined, nowMs)).toBeCloseTo(milliseconds, 6);
  });

  test("a moment is measured against the provider's own clock where it tells that", () => {
    const date = new Date(nowMs + 10_000).toUTCString();
    expect(readResetMs("2026-01-01T00:00:30Z", date, nowMs)).toBe(20_000);
    expect(readResetMs("2026-01-01T00:00:30Z", "junk", nowMs)).toBe(30_000);
  });

  test.each([
    "",
    "s",
    "m5",
    "5s6m",
    "1e3s",
    "-1s",
    "+1s",
    "2026-01-01",
    "2026-13-01T00:00:00Z",
    "soon",
    "1".repeat(20),
  ])("%p is nothing", (text) => {
    expect(readResetMs(text, undefined, nowMs)).toBeNaN();
  });

  test("nothing said is not known", () => {
    expect(readResetMs(undefined, undefined, nowMs)).toBeUndefined();
  });
});

import { describe, expect, test } from "bun:test";
import {
  caller,
  decisions,
  done,
  limitsBench,
  origin,
  refusalOf,
  refused,
} from "#core/limits/limits-bench.test-data.ts";

describe("tokens", () => {
  test("an estimate is taken, the truth put in its place, and a debt waited for", () => {
    const { clock, enter } = limitsBench();
    const key = caller({ tokensPerMinute: 600 });
    const first = enter(key);
    expect(first.countsTokens).toBe(true);
    first.reserve(100);
    expect(first.report().tokens).toEqual({ limit: 600, remaining: 500, resetMs: 10_000 });
    first.settle(done(50));
    expect(first.report().tokens?.remaining).toBe(550);
    const second = enter(key);
    second.reserve(100);
    second.settle(done(1150));
    expect(refusalOf(() => enter(key))).toMatchObject({ code: "rate_limited", details: { unit: "tokens" } });
    clock.advance(60_100);
    enter(key).reserve(1);
  });

  test("reservations held back for long give back no more than time has left of them", () => {
    const { clock, enter } = limitsBench();
    const key = caller({ tokensPerMinute: 600 });
    const held = Array.from({ length: 10 }, () => {
      const hold = enter(key);
      hold.reserve(600);
      clock.advance(60_000);
      return hold;
    });
    enter(key).reserve(600);
    for (const hold of held) hold.settle(done(0));
    expect(refusalOf(() => enter(key))).toMatchObject({ code: "rate_limited" });
  });

  test("an estimate without room is refused and takes nothing (T-31)", () => {
    const { enter } = limitsBench();
    const key = caller({ tokensPerMinute: 600 });
    enter(key).reserve(550);
    const late = enter(key);
    expect(refusalOf(() => late.reserve(100))).toMatchObject({ code: "rate_limited", retryAfterMs: 5000 });
    late.settle(refused);
    expect(late.report().tokens?.remaining).toBe(50);
  });

  test("tokens that nobody counted stand as estimated, those of a call that was turned away come back", () => {
    const { enter } = limitsBench();
    const key = caller({ tokensPerMinute: 600 });
    const [unknown, away] = [enter(key), enter(key)];
    unknown.reserve(100);
    away.reserve(200);
    unknown.settle(done());
    away.settle(refused);
    expect(enter(key).report().tokens?.remaining).toBe(500);
  });

  test("counting a prompt takes a request and no tokens", () => {
    const { limits } = limitsBench();
    const key = caller({ requestsPerMinute: 5, tokensPerMinute: 600, tokensPerDay: 10 });
    const hold = limits.enter(key, origin, false);
    expect(hold.countsTokens).toBe(false);
    hold.reserve(1000);
    hold.settle(done(1000));
    expect(hold.report()).toEqual({ requests: { limit: 5, remaining: 4, resetMs: 12_000 } });
  });
});

describe("quotas", () => {
  const today = (dayTokens: number) => {
    const dayStartMs = Date.UTC(2026, 0, 1);
    return { dayStartMs, dayTokens, monthStartMs: dayStartMs, monthTokens: dayTokens };
  };

  test("TC-P0-TOK-001 (test_token_routing): of 10,000 tokens a day with 1,000 used 9,000 are left", () => {
    const { enter } = limitsBench();
    const hold = enter(caller({ tokensPerDay: 10_000 }, { quotaUsage: today(1000) }));
    expect(hold.report()).toEqual({ quotaRemaining: 9000 });
  });

  test("TC-P0-TOK-002 (test_token_routing): 950 and 30 of 1,000 pass, the next 30 are refused with 20 left", () => {
    const { enter } = limitsBench();
    const key = caller({ tokensPerDay: 1000 });
    for (const tokens of [950, 30]) {
      const hold = enter(key);
      hold.reserve(tokens);
      hold.settle(done(tokens));
    }
    const third = enter(key);
    expect(refusalOf(() => third.reserve(30))).toMatchObject({
      code: "quota_exhausted",
      retryAfterMs: 86_400_000,
      message: "The quota of this API key of 1000 tokens per day is left with 20, and this request takes about 30.",
      details: { scope: "quota", limit: 1000, remaining: 20, window: "day" },
    });
    third.settle(refused);
    expect(enter(key).report().quotaRemaining).toBe(20);
  });

  test("of many at once exactly as many are let in as there is room for (T-27)", () => {
    const { enter } = limitsBench();
    const key = caller({ tokensPerDay: 100 });
    const holds = Array.from({ length: 20 }, () => enter(key));
    expect(holds.filter((hold) => refusalOf(() => hold.reserve(100)) === undefined)).toHaveLength(1);
  });

  test("a quota that is used up is said before the body is read, and until its window ends", () => {
    const { clock, enter } = limitsBench();
    clock.advance(3_600_000);
    const key = caller({ tokensPerMonth: 100 });
    const hold = enter(key);
    hold.reserve(10);
    hold.settle(done(150));
    const error = refusalOf(() => enter(key));
    expect(error?.message).toBe("The quota of this API key of 100 tokens per month is used up.");
    expect(error?.retryAfterMs).toBe(31 * 86_400_000 - 3_600_000);
    clock.advance(error?.retryAfterMs ?? 0);
    enter(key).reserve(100);
  });

  test("a soft quota warns when it is passed and refuses at 120 %", () => {
    const { enter, log, meter } = limitsBench();
    const key = caller({ tokensPerDay: 100, quotaMode: "soft" });
    for (let made = 0; made < 12; made += 1) {
      const hold = enter(key);
      hold.reserve(10);
      hold.settle(done(10));
    }
    expect(refusalOf(() => enter(key))?.code).toBe("quota_exhausted");
    expect(log.lines.filter(({ event }) => event === "quota_passed")).toHaveLength(1);
    expect(meter.value(decisions, "quota", "warned", "enforce")).toBe(1);
  });

  test("a call over midnight is booked on the day it began", () => {
    const { clock, enter } = limitsBench();
    clock.advance(86_400_000 - 1000);
    const key = caller({ tokensPerDay: 100, tokensPerMonth: 1000 });
    const hold = enter(key);
    hold.reserve(80);
    clock.advance(2000);
    hold.settle(done(60));
    expect(enter(key).report().quotaRemaining).toBe(100);
    enter(key).reserve(100);
  });
});

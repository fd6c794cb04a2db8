import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import { localPrincipal, type Principal, rootPrincipal } from "#core/identity/principal.ts";
import type { HoldEnd, LimitHold } from "#core/limits/limiter.ts";
import { caller, decisions, done, limitsBench, refusalOf, refused } from "#core/limits/limits-bench.test-data.ts";
import { freeHold } from "#core/limits/no-limits.ts";

describe("rates", () => {
  test("a key may make its requests a minute at once, then as many more as time passes", () => {
    const { clock, enter, meter } = limitsBench();
    const key = caller({ requestsPerMinute: 3 });
    for (let made = 0; made < 3; made += 1) enter(key).settle(done());
    const error = refusalOf(() => enter(key));
    expect(error).toMatchObject({
      code: "rate_limited",
      retryAfterMs: 20_000,
      message: "The limit of this API key is 3 requests per minute. Try again in 20 s.",
      details: { scope: "key", unit: "requests", limit: 3, remaining: 0, window: "minute", reset_ms: 20_000 },
    });
    clock.advance(20_000);
    enter(key).settle(done());
    expect(refusalOf(() => enter(key))?.code).toBe("rate_limited");
    expect(meter.value(decisions, "key", "allowed", "enforce")).toBe(4);
    expect(meter.value(decisions, "key", "refused", "enforce")).toBe(2);
  });

  test("the time to come back is never below a second", () => {
    const { enter } = limitsBench();
    const key = caller({ requestsPerMinute: 6000 });
    for (let made = 0; made < 6000; made += 1) enter(key);
    expect(refusalOf(() => enter(key))?.retryAfterMs).toBe(1000);
  });

  test("users, teams and addresses share what is theirs over all of their keys", () => {
    for (const scope of ["user", "team", "address"] as const) {
      const { enter } = limitsBench({ requestsPerHour: { [scope]: 60 } });
      const other = { keyId: "key_2" as KeyId };
      enter(caller());
      expect(refusalOf(() => enter(caller({}, other)))?.details).toMatchObject({ scope, window: "hour" });
      const stranger = { ...other, userId: "usr_2" as UserId, tenantId: "team_2" as TenantId };
      expect(enter(caller({}, stranger), "192.0.2.2")).toBeDefined();
    }
  });

  test("an address of IPv6 is counted by its network, one of IPv4 by itself however it is written", () => {
    const { enter } = limitsBench({ requestsPerHour: { address: 1 } });
    enter(localPrincipal, "2001:db8:1:2::1");
    expect(refusalOf(() => enter(localPrincipal, "2001:db8:1:2:ffff::2"))?.details["scope"]).toBe("address");
    enter(localPrincipal, "2001:db8:1:3::1");
    enter(localPrincipal, "192.0.2.7");
    expect(refusalOf(() => enter(localPrincipal, "::ffff:192.0.2.7"))?.details["scope"]).toBe("address");
    enter(localPrincipal, "192.0.2.8");
  });

  test("a refused request does not consume the rate it was refused for, nor any other (T-31)", () => {
    const limits = { requestsPerMinute: 5, tokensPerMinute: 100, concurrent: 5, tokensPerDay: 1000 };
    const step = fc.record({
      waitMs: fc.nat(20_000),
      tokens: fc.nat(60),
      refusals: fc.array(fc.nat(500), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const hourly = { requestsPerHour: { user: 120, team: 240, address: 600 } };
        const [disturbed, alone] = [limitsBench(hourly), limitsBench(hourly)];
        const key = caller(limits);
        const call = ({ enter }: typeof alone, tokens: number, end: HoldEnd) => {
          const hold = enter(key);
          const refusal = refusalOf(() => hold.reserve(tokens));
          hold.settle(refusal === undefined ? end : refused);
          return [refusal?.message, hold.report()];
        };
        for (const { waitMs, tokens, refusals } of steps) {
          for (const { clock } of [disturbed, alone]) clock.advance(waitMs);
          for (const some of refusals) refusalOf(() => call(disturbed, some, refused));
          const [one, other] = [disturbed, alone].map((some) => {
            let said: unknown;
            const refusal = refusalOf(() => {
              said = call(some, tokens, done(tokens));
            });
            return said ?? refusal?.message;
          });
          expect(one).toEqual(other);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("whom nothing limits is let in for nothing, and the control socket always", () => {
    const free = limitsBench().enter(caller());
    free.reserve(1_000_000);
    expect([free.countsTokens, free.report()]).toEqual([false, {}]);
    expect(limitsBench().enter(localPrincipal)).toBe(freeHold);
    const { enter, limits } = limitsBench({ requestsPerHour: { key: 1, address: 1 } });
    for (let made = 0; made < 5; made += 1) expect(enter(rootPrincipal, "")).toBe(freeHold);
    limits.enter(caller(), { address: "192.0.2.9" }, true);
  });

  test("where no address is counted it is not even asked for", () => {
    const { limits } = limitsBench({ requestsPerHour: { key: 1000 } });
    const asked = {
      get address(): string {
        throw new Error("Looking the peer up is dear.");
      },
    };
    expect(limits.enter(caller(), asked, true).report().requests?.limit).toBe(17);
  });

  test("callers beyond count are forgotten, the latest last", () => {
    const { enter } = limitsBench({ requestsPerHour: { address: 1 } });
    enter(localPrincipal, "192.0.2.1");
    for (let made = 0; made < 100_000; made += 1) enter(localPrincipal, `host-${made}`);
    enter(localPrincipal, "192.0.2.1");
    expect(refusalOf(() => enter(localPrincipal, "host-99999"))?.code).toBe("rate_limited");
  });
});

describe("concurrency", () => {
  test("as many calls of a key as may run at once, and never a place lost (T-30)", () => {
    const { enter } = limitsBench();
    const key = caller({ concurrent: 2 });
    let running: LimitHold[] = [];
    const step = fc.constantFrom("enter", "done", "refused", "twice");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        for (const some of steps) {
          const [oldest, ...rest] = running;
          if (some === "enter") {
            const refusal = refusalOf(() => running.push(enter(key)));
            expect(refusal?.details["scope"]).toBe(running.length === 2 && refusal ? "concurrency" : undefined);
          } else if (oldest !== undefined) {
            oldest.settle(some === "refused" ? refused : done(1));
            if (some === "twice") oldest.settle(done(1));
            running = rest;
          }
          expect(running.length).toBeLessThanOrEqual(2);
        }
        for (const hold of running.splice(0)) hold.settle(done());
        const both = [enter(key), enter(key)];
        expect(refusalOf(() => enter(key))?.message).toBe("At most 2 requests of this API key may run at once.");
        for (const hold of both) hold.settle(done());
      }),
      { numRuns: 100 },
    );
  });
});

test("a limit of calls at once that comes later counts those that run already, and one that goes counts on (T-30)", () => {
  const { enter } = limitsBench();
  const [free, rated, limited] = [caller(), caller({ requestsPerMinute: 60 }), caller({ concurrent: 3 })];
  const before = [enter(free), enter(rated)];
  const third = enter(limited);
  expect(refusalOf(() => enter(limited))?.details).toMatchObject({ scope: "concurrency", limit: 3 });
  const [oldest, next] = before;
  oldest?.settle(done(1));
  oldest?.settle(done(1));
  enter(free);
  expect(refusalOf(() => enter(limited))?.code).toBe("rate_limited");
  next?.settle(refused);
  third.settle(done());
  enter(limited);
  enter(limited);
  expect(refusalOf(() => enter(limited))?.code).toBe("rate_limited");
  const other = caller({ concurrent: 1 }, { keyId: "key_2" as KeyId });
  enter(other);
  expect(refusalOf(() => enter(other))?.code).toBe("rate_limited");
});

describe("modes and hours", () => {
  test("a shadow refuses nobody, counts whom it would have, and quotas count on", () => {
    const { enter, meter } = limitsBench({}, "shadow");
    const key = caller({ requestsPerMinute: 1, tokensPerMinute: 50, tokensPerDay: 1000, concurrent: 1 });
    for (let made = 0; made < 3; made += 1) enter(key).reserve(100);
    expect(meter.value(decisions, "key", "refused", "shadow")).toBe(0);
    expect(meter.value(decisions, "concurrency", "refused", "shadow")).toBe(2);
    expect(enter(key).report()).toEqual({ quotaRemaining: 700 });
  });

  test("a rule of the hour stands in the place of the key's own limits, until it is taken back", () => {
    const { enter, limits } = limitsBench();
    const key = caller({ requestsPerMinute: 60, concurrent: 1 });
    const limitOf = (principal: Principal) => {
      const hold = enter(principal);
      hold.settle(refused);
      return hold.report().requests?.limit;
    };
    expect(limitOf(key)).toBe(60);
    limits.setQuotaRules([
      { pattern: "*", requestsPerSecond: 1 },
      { pattern: "*@example.org", requestsPerSecond: 7, tokensPerSecond: 9, concurrent: 2 },
      { pattern: "other", requestsPerSecond: 3 },
    ]);
    expect(limitOf(key)).toBe(7);
    expect(limitOf(caller({}, { names: { key: "other", user: "b@x" } }))).toBe(3);
    expect(enter(key).report().tokens?.limit).toBe(9);
    enter(key);
    expect(refusalOf(() => enter(key))?.details).toMatchObject({ scope: "concurrency", limit: 2 });
    limits.setQuotaRules([]);
    expect(refusalOf(() => enter(key))?.details).toMatchObject({ limit: 1 });
  });
});

test("limits of everybody that change count at once, and what was taken before counts on", () => {
  const { enter, limits } = limitsBench({ requestsPerHour: { key: 60 } });
  enter(caller());
  expect(refusalOf(() => enter(caller()))?.code).toBe("rate_limited");
  limits.configure({ mode: "shadow", hourly: { requestsPerHour: { key: 60 }, tokensPerHour: {} } });
  expect(refusalOf(() => enter(caller()))).toBeUndefined();
  limits.configure({ mode: "enforce", hourly: { requestsPerHour: {}, tokensPerHour: {} } });
  expect(refusalOf(() => enter(caller()))).toBeUndefined();
});

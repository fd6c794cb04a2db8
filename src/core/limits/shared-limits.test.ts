/** What a key may take holds for it and the keys that it makes together. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { KeyId, UserId } from "#core/effects/ids.ts";
import type { KeyLimits } from "#core/identity/key-policy.ts";
import type { Principal } from "#core/identity/principal.ts";
import { caller, done, limitsBench, refusalOf, refused } from "#core/limits/limits-bench.test-data.ts";
import type { LimitHold } from "#core/limits/limiter.ts";

const seed = Number(Bun.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** A key that `maker` made, with the same limits unless told otherwise. */
function madeBy(maker: Principal, id: string, limits: KeyLimits = maker.policy?.limits ?? {}): Principal {
  const names = { key: id, user: "bob@example.org" };
  return caller(limits, { keyId: id as KeyId, userId: "usr_2" as UserId, names, parent: maker });
}

describe("F96 a key that makes keys", () => {
  test("has one quota, however many it makes one after the other", () => {
    const { enter } = limitsBench();
    const maker = caller({ tokensPerDay: 1_000_000 });
    const first = enter(madeBy(maker, "key_2"));
    first.reserve(999_000);
    first.settle(done(999_900));
    expect(enter(maker).report().quotaRemaining).toBe(100);
    const next = enter(madeBy(maker, "key_3"));
    expect(next.report().quotaRemaining).toBe(100);
    expect(refusalOf(() => next.reserve(101))).toMatchObject({ code: "quota_exhausted" });
    next.reserve(100);
    for (const key of [maker, madeBy(maker, "key_4")])
      expect(refusalOf(() => enter(key))?.code).toBe("quota_exhausted");
  });

  test("counts from what the store told of the maker, and brings its usage back there", () => {
    const { enter, usages } = limitsBench();
    const dayStartMs = Date.UTC(2026, 0, 1);
    const quotaUsage = { dayStartMs, dayTokens: 900, monthStartMs: dayStartMs, monthTokens: 900 };
    const maker = { ...caller({ tokensPerDay: 1000 }), quotaUsage };
    const hold = enter(madeBy(maker, "key_2", { tokensPerDay: 500 }));
    expect(hold.report().quotaRemaining).toBe(100);
    hold.reserve(40);
    hold.settle(done(30));
    const kept = usages.takeChanges().map(({ keyId, usage }) => [keyId as string, usage.dayTokens]);
    expect(kept).toEqual([
      ["key_2", 30],
      ["key_1", 930],
    ]);
  });

  test.each<[string, KeyLimits, Parameters<typeof limitsBench>[0]]>([
    ["of its own", { requestsPerMinute: 2 }, {}],
    ["of everybody's keys", {}, { requestsPerHour: { key: 120 } }],
    ["of tokens", { tokensPerMinute: 20 }, {}],
  ])("has one rate %s", (_, limits, hourly) => {
    const { enter } = limitsBench(hourly);
    const maker = caller(limits);
    for (const id of ["key_2", "key_3"]) {
      const hold = enter(madeBy(maker, id));
      hold.reserve(10);
      hold.settle(done(10));
    }
    for (const key of [maker, madeBy(maker, "key_4")]) expect(refusalOf(() => enter(key))?.code).toBe("rate_limited");
    const other = caller(limits, { keyId: "key_9" as KeyId });
    enter(other).settle(done());
  });

  test("keeps a child's own lower limit beside its own", () => {
    const { enter } = limitsBench();
    const maker = caller({ requestsPerMinute: 2, concurrent: 2 });
    const child = madeBy(maker, "key_2", { requestsPerMinute: 1, concurrent: 1 });
    enter(child);
    expect(refusalOf(() => enter(child))?.details).toMatchObject({ scope: "concurrency", limit: 1 });
    enter(madeBy(maker, "key_3"));
    expect(refusalOf(() => enter(maker))?.details).toMatchObject({ scope: "concurrency", limit: 2 });
  });

  test("is held by a rule of the hour for its name together with what it made", () => {
    const { enter, limits } = limitsBench();
    limits.setQuotaRules([{ pattern: "nightly", concurrent: 1 }]);
    enter(madeBy(caller(), "key_2"));
    expect(refusalOf(() => enter(madeBy(caller(), "key_3")))?.details).toMatchObject({ scope: "concurrency" });
  });

  test("that gets a limit of calls at once counts those of its keys that run already", () => {
    const { enter } = limitsBench();
    const running = enter(madeBy(caller(), "key_2"));
    const limited = caller({ concurrent: 1 });
    expect(refusalOf(() => enter(limited))?.code).toBe("rate_limited");
    running.settle(done());
    running.settle(done());
    enter(limited).settle(done());
  });
});

const step = fc.record({
  who: fc.nat(3),
  do: fc.constantFrom("enter", "done", "refused", "twice"),
  tokens: fc.integer({ min: 1, max: 40 }),
});

test(`T-30 F96 a family of keys never runs more calls nor takes more tokens than its maker may, and loses no place (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { enter } = limitsBench();
      const maker = caller({ concurrent: 3, tokensPerDay: 200 });
      const family = [maker, ...["key_2", "key_3", "key_4"].map((id) => madeBy(maker, id, { concurrent: 2 }))];
      const running: { readonly hold: LimitHold; readonly who: number; readonly tokens: number }[] = [];
      let settled = 0;
      const taken = () => settled + running.reduce((sum, { tokens }) => sum + tokens, 0);
      for (const { who, do: what, tokens } of steps) {
        const bearer = family[who] ?? maker;
        if (what === "enter") {
          const full = running.length >= 3 || (who > 0 && running.filter((call) => call.who === who).length >= 2);
          const isRefused = refusalOf(() => {
            const hold = enter(bearer);
            const late = refusalOf(() => hold.reserve(tokens));
            if (late === undefined) running.push({ hold, who, tokens });
            else hold.settle(refused);
          });
          expect(isRefused !== undefined).toBe(full || taken() >= 200);
        } else {
          const call = running.shift();
          if (call === undefined) continue;
          call.hold.settle(what === "refused" ? refused : done(call.tokens));
          if (what === "twice") call.hold.settle(done(call.tokens));
          if (what !== "refused") settled += call.tokens;
        }
        expect(running.length).toBeLessThanOrEqual(3);
        expect(taken()).toBeLessThanOrEqual(200);
      }
      for (const { hold } of running) hold.settle(refused);
      if (settled >= 200) return;
      const all = [maker, maker, maker].map((key) => enter(key));
      expect(refusalOf(() => enter(maker))?.details["scope"]).toBe("concurrency");
      for (const hold of all) hold.settle(done());
    }),
    { seed, numRuns: 200 },
  );
});

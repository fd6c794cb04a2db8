import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { KeyId } from "#core/effects/ids.ts";
import { dayStart, monthStart, usageAt, withTokens } from "#core/limits/quota.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";
import { QuotaUsages } from "#core/limits/quota-usages.ts";

const moment = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2032, 0, 1) });
const tokens = fc.nat(1_000_000);
const usage = fc
  .record({ atMs: moment, dayTokens: tokens, monthTokens: tokens })
  .map(({ atMs, ...counts }): QuotaUsage => ({
    dayStartMs: dayStart(atMs),
    monthStartMs: monthStart(atMs),
    ...counts,
  }));

describe("windows", () => {
  test("F68 days and months begin at midnight in UTC, leap days and turns of the year included", () => {
    fc.assert(
      fc.property(moment, (atMs) => {
        const iso = new Date(atMs).toISOString();
        expect(new Date(dayStart(atMs)).toISOString()).toBe(`${iso.slice(0, 10)}T00:00:00.000Z`);
        expect(new Date(monthStart(atMs)).toISOString()).toBe(`${iso.slice(0, 7)}-01T00:00:00.000Z`);
      }),
    );
    expect(monthStart(Date.UTC(2028, 1, 29), 1)).toBe(Date.UTC(2028, 2, 1));
    expect(monthStart(Date.UTC(2026, 11, 31), 1)).toBe(Date.UTC(2027, 0, 1));
  });

  test("F68 a window that is over is empty, one that is open stays, and a clock put back opens none again", () => {
    fc.assert(
      fc.property(usage, moment, (some, nowMs) => {
        const now = usageAt(some, nowMs);
        expect(now.dayStartMs).toBe(Math.max(some.dayStartMs, dayStart(nowMs)));
        expect(now.monthStartMs).toBe(Math.max(some.monthStartMs, monthStart(nowMs)));
        expect(now.dayTokens).toBe(now.dayStartMs === some.dayStartMs ? some.dayTokens : 0);
        expect(now.monthTokens).toBe(now.monthStartMs === some.monthStartMs ? some.monthTokens : 0);
      }),
    );
  });

  test("what is taken and given back in the same windows leaves no trace", () => {
    fc.assert(
      fc.property(usage, tokens, (some, taken) => {
        expect(withTokens(withTokens(some, taken, some), -taken, some)).toEqual(some);
      }),
    );
  });
});

describe("usages", () => {
  const key = "key_1" as KeyId;
  const nowMs = Date.UTC(2026, 5, 15, 12);
  const told = (dayTokens: number): QuotaUsage => ({ ...usageAt(undefined, nowMs), dayTokens, monthTokens: dayTokens });

  test("what the store tells late changes nothing: at worst it is an estimate that has been settled since", () => {
    const usages = new QuotaUsages();
    const first = usages.of(key, told(100), nowMs);
    usages.add(key, 50, first);
    expect(usages.of(key, told(100), nowMs).dayTokens).toBe(150);
    expect(usages.of(key, told(400), nowMs).dayTokens).toBe(150);
    expect(usages.of(key, undefined, nowMs).monthTokens).toBe(150);
  });

  test("changes are told of once, and those that could not be kept again", () => {
    const usages = new QuotaUsages();
    let changes = 0;
    usages.onChange(() => {
      changes += 1;
    });
    const since = usages.of(key, undefined, nowMs);
    usages.add(key, 5, since);
    usages.add(key, 6, since);
    expect(changes).toBe(1);
    const records = usages.takeChanges();
    expect(records).toEqual([{ keyId: key, usage: told(11) }]);
    expect(usages.takeChanges()).toEqual([]);
    usages.putBack(records);
    usages.add(key, 1, since);
    expect(usages.takeChanges()).toEqual([{ keyId: key, usage: told(12) }]);
  });
});

import { expect, test } from "bun:test";
import { RecentCache } from "#core/recent-cache.ts";

test("a full cache forgets what was not asked for the longest", () => {
  const cache = new RecentCache<number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  expect(cache.get("a")).toBe(1);
  cache.set("c", 3);
  expect(cache.get("b")).toBeUndefined();
  expect(cache.get("a")).toBe(1);
  expect(cache.get("c")).toBe(3);
  expect(cache.size).toBe(2);
});

test("setting a known key again replaces its value and evicts nothing", () => {
  const cache = new RecentCache<number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.set("a", 3);
  expect([cache.get("a"), cache.get("b")]).toEqual([3, 2]);
  cache.delete("a");
  cache.clear();
  expect(cache.size).toBe(0);
});

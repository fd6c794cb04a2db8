import { expect, test } from "bun:test";
import fc from "fast-check";
import { stableCallId, stableHash } from "#core/wire/stable-hash.ts";

test("the hash of a text never changes: prompt caches depend on names and ids made of it", () => {
  expect(stableHash("")).toBe("0wvjl67o803");
  expect(stableHash("mcp.server.tool")).toBe("1ll5t0loani");
});

test("texts that are nearly alike have different ids of the same form", () => {
  const texts = ["", "a", "c", "\na", "1\na", "2\na", "ü".repeat(200), `${"ü".repeat(199)}u`];
  const ids = texts.map(stableCallId);
  expect(new Set(ids).size).toBe(texts.length);
  for (const id of ids) expect(id).toMatch(/^call_[\da-z]{22}$/);
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(stableHash(a) === stableHash(b)).toBe(a === b);
    }),
  );
});

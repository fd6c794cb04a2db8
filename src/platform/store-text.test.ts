import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeStoreValue, encodeStoreValue } from "#platform/store-text.ts";

test("amounts of any size, bytes, lists with holes and nested values come back as they were", () => {
  const value = [
    {
      requestId: "req_1",
      costNanos: 9_007_199_254_740_993n,
      hash: new Uint8Array([0, 255, 7]),
      flags: [true, null, 1.5],
    },
    undefined,
    "text",
  ];
  expect(decodeStoreValue(encodeStoreValue(value))).toEqual(value);
  expect(decodeStoreValue(encodeStoreValue(undefined))).toBeUndefined();
});

test("an object of the caller's that looks like a mark is no mark", () => {
  const values = [
    { $big: "12" },
    { $bytes: "AA==" },
    { $plain: { $absent: 0 } },
    [{ $absent: 1 }],
    { $big: { $big: "1" } },
  ];
  expect(decodeStoreValue(encodeStoreValue(values))).toEqual(values);
});

test("whatever JSON can say, and amounts in it, come back as they were", () => {
  const leaf = fc.oneof(fc.jsonValue(), fc.bigInt(), fc.uint8Array({ maxLength: 8 }));
  const names = fc.oneof(fc.constantFrom("$big", "$bytes", "$plain", "$absent", "a"), fc.string({ maxLength: 4 }));
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("any"), { maxLength: 4 }),
      fc.dictionary(names, tie("any"), { maxKeys: 3 }),
    ),
  })).any;
  fc.assert(
    fc.property(value, (said) => expect(decodeStoreValue(encodeStoreValue(said))).toEqual(decodeJson(said))),
    {
      numRuns: 300,
    },
  );
});

/** Minus zero has no JSON; everything else is itself. */
function decodeJson(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(decodeJson);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, decodeJson(member)]));
}

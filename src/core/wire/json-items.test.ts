import { expect, test } from "bun:test";
import fc from "fast-check";
import { removeItems, scanItems } from "#core/wire/json-items.ts";
import { editBytes } from "#core/wire/json-patch.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

test("the items of an array are found with nothing around them", () => {
  const bytes = encoder.encode('{"a": [ 1.50 , "x,]\\"" ,[2,{"b":[]}], {} , null ], "c":[9]}');
  const items = scanItems(bytes, 6).map(({ start, end }) => decoder.decode(bytes.subarray(start, end)));
  expect(items).toEqual(["1.50", '"x,]\\""', '[2,{"b":[]}]', "{}", "null"]);
  expect(scanItems(encoder.encode("[ ]"), 0)).toEqual([]);
});

test("whichever items are taken out, the rest stays valid and unchanged", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.jsonValue(), fc.boolean())), fc.constantFrom(0, 2), (entries, indent) => {
      const bytes = encoder.encode(
        JSON.stringify(
          entries.map(([value]) => value),
          undefined,
          indent,
        ),
      );
      const edits = removeItems(scanItems(bytes, 0), (index) => entries[index]?.[1] === true);
      const left: unknown = JSON.parse(decoder.decode(editBytes(bytes, edits)));
      const kept = entries.filter(([, removed]) => !removed).map(([value]) => value);
      expect(left).toEqual(JSON.parse(JSON.stringify(kept)));
    }),
  );
});

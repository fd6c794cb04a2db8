import { expect, test } from "bun:test";
import fc from "fast-check";
import { editBytes } from "#core/wire/json-patch.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

test("stretches are replaced wherever they stand, in whatever order they are given, and all else stays", () => {
  const piece = fc.record({
    kept: fc.string({ minLength: 1 }),
    gone: fc.string(),
    text: fc.string({ unit: "grapheme" }),
  });
  fc.assert(
    fc.property(fc.array(piece), fc.string(), (pieces, rest) => {
      const before = pieces.map(({ kept, gone }) => kept + gone).join("") + rest;
      const after = pieces.map(({ kept, text }) => kept + text).join("") + rest;
      let at = 0;
      const edits = pieces.map(({ kept, gone, text }) => {
        const start = at + encoder.encode(kept).length;
        at = start + encoder.encode(gone).length;
        return { start, end: at, text };
      });
      expect(decoder.decode(editBytes(encoder.encode(before), edits.toReversed()))).toBe(after);
    }),
  );
});

test("nothing to replace gives the very bytes", () => {
  const bytes = encoder.encode("{}");
  expect(editBytes(bytes, [])).toBe(bytes);
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { CodePoints } from "#core/wire/code-points.ts";

test("pitfall 78 offsets in code points and in code units become one another, however the text came", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), (texts) => {
      const points = new CodePoints();
      for (const text of texts) points.add(text);
      const text = texts.join("");
      const characters = [...text];
      expect(points.count).toBe(characters.length);
      for (let at = 0; at <= characters.length; at += 1) {
        const units = characters.slice(0, at).join("").length;
        expect([points.toUnits(at), points.toPoints(units)]).toEqual([units, at]);
      }
      expect(points.toUnits(characters.length + 1)).toBeUndefined();
      expect(points.toPoints(text.length + 1)).toBeUndefined();
    }),
  );
  const none = new CodePoints();
  expect([none.toUnits(-1), none.toUnits(0.5), none.toPoints(Number.NaN)]).toEqual([undefined, undefined, undefined]);
});

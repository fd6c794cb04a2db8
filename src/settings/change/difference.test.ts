import { expect, test } from "bun:test";
import fc from "fast-check";
import { differenceLines } from "#settings/change/difference.ts";

test("what changed is shown with two lines around it, numbered", () => {
  const before = "a\nb\nc\nd\ne\nf\ng\nh\n";
  expect(differenceLines(before, before.replace("d\n", "D\nD2\n"))).toEqual([
    ...["@@ -2 +2 @@", " b", " c", "-d", "+D", "+D2", " e", " f"],
  ]);
  expect(differenceLines(before, before)).toEqual([]);
});

test("the difference tells one text from the other", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "")).map((lines) => lines.map((line) => `${line}\n`).join(""));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = differenceLines(before, after);
      const of = (sign: string): number =>
        lines.filter((line) => line.startsWith(sign) && !line.startsWith("@@")).length;
      expect(before.split("\n").length - of("-") + of("+")).toBe(after.split("\n").length);
      expect(lines.length === 0).toBe(before === after);
    }),
  );
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { printableJson, printableText } from "#platform/printable.ts";

const unprintable = /[\p{Cc}\u2028-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u;

test("JSON keeps its value and steers no terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(printableJson({ text })).not.toMatch(unprintable);
      expect(JSON.parse(printableJson({ text }))).toEqual({ text });
    }),
  );
});

test("text loses escape sequences and control characters, and nothing else", () => {
  expect(printableText("\u001b[31mred\u001b[0m \u001b]0;title\u0007名前\n\u202eo\u009b2J")).not.toMatch(unprintable);
  expect(printableText("\u001b[31mred\u001b[0m 名前 é 👍")).toBe("red 名前 é 👍");
  expect(printableText("a\u{e0000}\u{e0041}b")).toBe("ab");
});

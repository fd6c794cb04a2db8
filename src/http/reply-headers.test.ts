import { expect, test } from "bun:test";
import fc from "fast-check";
import { headerText } from "#http/reply-headers.ts";

test("any text becomes one header value of bounded length (F20)", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      const value = headerText(text);
      expect(value).toMatch(/^[!-~]{0,256}$/);
      expect(new Headers({ "x-model": value }).get("x-model")).toBe(value);
    }),
  );
});

test("ordinary names stand as they are, line ends do not", () => {
  expect(headerText("org/model:free@1.5")).toBe("org/model:free@1.5");
  expect(headerText("a\r\nset-cookie: b")).toBe("a%0D%0Aset-cookie%3A%20b");
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { droppedText, headerText } from "#http/reply-headers.ts";

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

test("any list of names becomes one header value of bounded length, split at its commas alone", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary", maxLength: 300 }), { maxLength: 40 }), (names) => {
      const value = droppedText(names);
      expect(value).toMatch(/^[!-~]*$/);
      expect(value.length).toBeLessThan(2100);
      const listed = value.split(",");
      if (names.length > 0 && !/^\+\d+$/.test(listed.at(-1) ?? "")) expect(listed).toHaveLength(names.length);
    }),
  );
});

test("paths stay readable, and a list that is too long says how many it left out", () => {
  expect(droppedText(["messages[2].content[1]", "a b", "50%", "x,y"])).toBe("messages[2].content[1],a%20b,50%25,x%2Cy");
  const many = droppedText(Array.from({ length: 1000 }, (_, index) => `field_${index}`));
  expect(many).toMatch(/^field_0,.*,\+\d{3}$/);
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { clashingNames, isMemberName } from "#core/archive/member-name.ts";

test("F112: only names that mean one and the same file everywhere are names of members", () => {
  for (const name of ["a", "data/gateway.db", "config/dev/gateway.ini", "tables/api_key.jsonl", "x-1_2.tar"]) {
    expect(isMemberName(name)).toBe(true);
  }
  const refused = [
    "",
    "/",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "a/..",
    "./a",
    "a\\b",
    "C:",
    "a:b",
    "con",
    "COM1.txt",
    "lpt9",
    "a.",
  ];
  for (const name of [...refused, "a ", " a", "a\0", "ä", "-rf", "a".repeat(101)])
    expect(isMemberName(name)).toBe(false);
});

test("property: a member's name never leads out of its directory", () => {
  const pieces = fc.array(fc.constantFrom("..", ".", "a", "/", "\\", "~", "C:", "\0", "nul"), { maxLength: 8 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const name = parts.join("");
      if (!isMemberName(name)) return;
      expect(name.split("/").every((part) => part !== ".." && part !== "" && part !== ".")).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("names that differ by case alone clash", () => {
  expect(clashingNames(["a/b", "A/b", "c", "a/b"])).toEqual(["A/b", "a/b"]);
});

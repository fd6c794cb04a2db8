import { expect, test } from "bun:test";
import fc from "fast-check";
import { compilePattern } from "#core/routing/pattern.ts";

test("a text without a star matches itself alone", () => {
  expect(compilePattern("gpt-4.1").matches("gpt-4.1")).toBe(true);
  expect(compilePattern("gpt-4.1").matches("gpt-4x1")).toBe(false);
  expect(compilePattern("gpt-4.1").matches("gpt-4.1-mini")).toBe(false);
});

test.each([
  ["gpt-*", "gpt-4o", true],
  ["gpt-*", "gpt-", true],
  ["gpt-*", "agpt-4o", false],
  ["*-mini", "gpt-4o-mini", true],
  ["*-mini", "-mini", true],
  ["a*b*c", "axxbyyc", true],
  ["a*b*c", "abc", true],
  ["a*b*c", "acb", false],
  ["ab*ba", "aba", false],
  ["*", "", true],
  ["meta/*/instruct", "meta/llama-3.3/instruct", true],
])("%s against %s is %p", (pattern, name, matches) => {
  expect(compilePattern(pattern).matches(name)).toBe(matches);
});

test("agrees with a regular expression on any text", () => {
  const alphabet = fc.string({ unit: fc.constantFrom("a", "b", "*", ".", "("), maxLength: 8 });
  const subject = fc.string({ unit: fc.constantFrom("a", "b", ".", "("), maxLength: 12 });
  fc.assert(
    fc.property(alphabet, subject, (pattern, name) => {
      const oracle = new RegExp(`^${pattern.replace(/[.(]/g, "\\$&").replaceAll("*", ".*")}$`);
      expect(compilePattern(pattern).matches(name)).toBe(oracle.test(name));
    }),
  );
});

test("a hostile pattern takes linear time on a long name", () => {
  const pattern = compilePattern(`${"a*".repeat(50)}b`);
  expect(pattern.matches("a".repeat(100_000))).toBe(false);
});

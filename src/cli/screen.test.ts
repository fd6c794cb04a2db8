import { expect, test } from "bun:test";
import { fitted } from "#cli/screen.ts";

test("a page that is drawn in its place is no larger than the terminal, in lines and in columns", () => {
  expect(fitted("one\ntwo", 3, 80)).toBe("one\ntwo");
  expect(fitted("one\ntwo\nthree", 3, 80)).toBe("one\n…");
  expect(fitted("0123456789\n漢字漢字漢字", 24, 6)).toBe("01234…\n漢字…");
});

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { Glob } from "bun";
import { goldenPages } from "./pages.ts";

const pages = goldenPages();

/** `bun scripts/refresh-golden.ts` writes the pages anew; what then differs is to be read before it is committed. */
describe("every request and every answer of the fixtures becomes in each other protocol what was read and found right", () => {
  test.each(pages.map(({ path, text }) => [path.replace("test/golden/expected/", ""), path, text] as const))(
    "%s",
    (_, path, text) => {
      expect(existsSync(path) ? readFileSync(path, "utf8") : "no such page").toBe(text);
    },
  );

  test("no page is left of a fixture that is gone", () => {
    const kept = [...new Glob("test/golden/expected/**/*.txt").scanSync(".")].toSorted();
    expect(kept).toEqual(pages.map(({ path }) => path).toSorted());
  });
});

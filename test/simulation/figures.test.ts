import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { figurePages } from "./figures.ts";

test("docs/scheduling shows what the simulation gives: after a change, make simulate", () => {
  for (const { path, text } of figurePages()) expect([path, readFileSync(path, "utf8")]).toEqual([path, text]);
});

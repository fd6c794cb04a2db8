import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { figurePages } from "./figures.ts";

test("docs/scheduling shows what the simulation gives: after a change, make simulate", async () => {
  for (const { path, text } of await figurePages()) expect([path, readFileSync(path, "utf8")]).toEqual([path, text]);
});

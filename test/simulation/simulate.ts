/** Runs the simulation and writes what it measures and draws. Usage: `bun test/simulation/simulate.ts` in the project's folder. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { figurePages } from "./figures.ts";

for (const { path, text } of await figurePages()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`${path}\n`);
}

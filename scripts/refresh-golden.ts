/** Writes the expected pages of test/golden anew. Read the differences before they are committed: they are the review. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { goldenPages } from "../test/golden/pages.ts";

const pages = goldenPages();
rmSync("test/golden/expected", { recursive: true, force: true });
for (const { path, text } of pages) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
process.stdout.write(`${pages.length} pages written.\n`);

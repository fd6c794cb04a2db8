/** Writes what is generated from the configuration schema; with `--check` only tells whether it is up to date. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { generatedFiles } from "#settings/describe/generated-files.ts";

const root = resolve(import.meta.dir, "..");
const isCheck = process.argv.includes("--check");

const stale = generatedFiles().filter(({ path, text }) => readText(resolve(root, path)) !== text);
for (const { path, text } of isCheck ? [] : stale) {
  mkdirSync(dirname(resolve(root, path)), { recursive: true });
  writeFileSync(resolve(root, path), text);
}
for (const { path } of stale) process.stdout.write(`${isCheck ? "out of date" : "written"}: ${path}\n`);
if (isCheck && stale.length > 0) process.exitCode = 1;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

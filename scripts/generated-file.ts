import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Writes a generated file of the repository where it differs; with `--check` on the command line only tells, and ends with 1. */
export function keepGenerated(path: string, text: string): void {
  const file = resolve(import.meta.dir, "..", path);
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  const isCheck = process.argv.includes("--check");
  process.stdout.write(`${isCheck ? "out of date" : "written"}: ${path}\n`);
  if (isCheck) {
    process.exitCode = 1;
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

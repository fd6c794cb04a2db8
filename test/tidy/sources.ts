import { existsSync, readFileSync } from "node:fs";
import { Glob } from "bun";
import { blankComments, blankStrings } from "./code-text.ts";

/** A file of the project as the tidy test reads it. */
export interface SourceFile {
  /** From the project root, with slashes. */
  readonly path: string;
  readonly name: string;
  readonly text: string;
  /** The text with comments blanked out. */
  readonly code: string;
  /** The text with comments and the insides of strings blanked out. */
  readonly words: string;
  readonly lines: number;
  /** `x.test.ts`, `x.test-data.ts`, and everything outside src. */
  readonly isTest: boolean;
}

/** Every TypeScript file under the folders, by path. */
export function readSources(...folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap((folder) => [...new Glob(`${folder}/**/*.{ts,tsx}`).scanSync(".")])
    .toSorted()
    .map(readSource);
}

/** Every file that git tracks or would track, as far as it is still there. */
export function trackedFiles(): string[] {
  const run = Bun.spawnSync(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"]);
  return run.stdout
    .toString()
    .split("\n")
    .filter((path) => path !== "" && existsSync(path));
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, "utf8");
  const code = blankComments(text);
  const isTest = /\.test(-data)?\.tsx?$/.test(path) || !path.startsWith("src/");
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { path, name, text, code, words: blankStrings(code), lines: text.trimEnd().split("\n").length, isTest };
}

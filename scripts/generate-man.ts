/** Writes `packaging/man/tokligence.1` from the definitions of the commands; with `--check` only tells whether it is up to date. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { commandTree } from "#cli/command-tree.ts";
import { commands } from "#cli/commands.ts";
import { version } from "../package.json" with { type: "json" };
import { manualPage } from "./manual-page.ts";

const path = "packaging/man/tokligence.1";
const file = resolve(import.meta.dir, "..", path);

const text = manualPage(await commandTree(commands), version);
const isStale = !existsSync(file) || readFileSync(file, "utf8") !== text;
if (isStale && process.argv.includes("--check")) {
  process.stdout.write(`out of date: ${path}\n`);
  process.exitCode = 1;
} else if (isStale) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`written: ${path}\n`);
}

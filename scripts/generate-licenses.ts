/**
 * Writes `THIRD_PARTY_LICENSES`, which goes wherever the executables go: the license of each package that they hold, as it came
 * with the package, and what Bun consists of, from packaging/licenses. With `--check` it only tells whether that is up to date.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundledPackages } from "./bundled-packages.ts";
import { keepGenerated } from "./generated-file.ts";

const repository = resolve(import.meta.dir, "..");
const { all, locked } = bundledPackages(repository);

function licenseOf(name: string): string {
  const folder = join(repository, "node_modules", name);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  if (files.length === 0) throw new Error(`${name} brings no license.`);
  return files
    .toSorted()
    .map((file) => readFileSync(join(folder, file), "utf8").trim())
    .join("\n\n");
}

function section(title: string, text: string): string {
  return `${"=".repeat(120)}\n${title}\n${"=".repeat(120)}\n\n${text.trim().replaceAll("\r\n", "\n")}\n`;
}

const shipped = (file: string): string => readFileSync(join(repository, "packaging/licenses", file), "utf8");
const sections = [
  "Tokligence is licensed under the Apache License 2.0 (LICENSE). Its executables hold what others made, under these licenses.\n",
  ...all.map((name) => section(`${name} ${locked(name).version} (${locked(name).license})`, licenseOf(name))),
  section("Bun", shipped("bun.txt")),
  section("GNU Library General Public License, version 2", shipped("LGPL-2.0")),
  section("GNU Lesser General Public License, version 2.1", shipped("LGPL-2.1")),
];
keepGenerated("THIRD_PARTY_LICENSES", sections.join("\n"));

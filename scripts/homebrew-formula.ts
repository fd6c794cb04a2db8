import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const template = resolve(import.meta.dir, "../packaging/homebrew/tokligence.rb");
const releases = "https://github.com/tokligence/gateway/releases/download";

/**
 * Writes the formula of a release into `homebrew/Formula` of its folder, with the checksums that lie there. A release that was
 * made for some machines alone gets a formula that installs on those; one without any for Homebrew gets none.
 */
export function writeFormula(folder: string, version: string): void {
  const checksums = readFileSync(join(folder, "checksums.txt"), "utf8");
  const text = formulaOf(readFileSync(template, "utf8"), version, checksums);
  if (text === undefined) return;
  mkdirSync(join(folder, "homebrew/Formula"), { recursive: true });
  writeFileSync(join(folder, "homebrew/Formula/tokligence.rb"), text);
}

/** The template with a version and the archives of `checksums.txt`; undefined where it names none. */
export function formulaOf(formula: string, version: string, checksums: string): string | undefined {
  const sums = new Map(checksums.split("\n").flatMap((line) => pairOf(line)));
  const archive = (platform: string): string => `tokligence_${version}_${platform}.tar.gz`;
  const known = ["darwin", "linux"].map((system) =>
    ["amd64", "arm64"].filter((processor) => sums.has(archive(`${system}_${processor}`))),
  );
  if (known.flat().length === 0) return undefined;
  const blocks = /^ *on_(?:arm|intel) do\n *url "@URL (\w+)@"\n.*\n *end\n/gm;
  return formula
    .replace(blocks, (block, platform: string) => (sums.has(archive(platform)) ? block : ""))
    .replace(/^ *on_(?:macos|linux) do\n(?: *depends_on .*\n)?\s*? {2}end\n\n/gm, "")
    .replaceAll("@VERSION@", version)
    .replace(/@URL (\w+)@/g, (_, platform: string) => `${releases}/v${version}/${archive(platform)}`)
    .replace(/@SHA256 (\w+)@/g, (_, platform: string) => sums.get(archive(platform)) ?? "");
}

function pairOf(line: string): [name: string, sum: string][] {
  const [sum, name] = line.split("  ");
  return sum === undefined || name === undefined ? [] : [[name, sum]];
}

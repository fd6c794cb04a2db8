import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Compresses each archive for Linux in the folder of a release once more, as tar.xz with the same tar in it, and names it in
 * `checksums.txt`. The same archive gives the same bytes on however many processors.
 */
export async function addXzArchives(folder: string): Promise<void> {
  const list = join(folder, "checksums.txt");
  const lines = readFileSync(list, "utf8").trimEnd().split("\n");
  const archives = lines
    .map((line) => line.slice(line.lastIndexOf(" ") + 1))
    .filter((name) => /_linux_.*\.tar\.gz$/.test(name));
  for (const archive of archives) {
    const name = archive.replace(/gz$/, "xz");
    const path = join(folder, name);
    // Blocks of a fixed size can be worked on at the same time.
    await Bun.$`gzip -dc ${join(folder, archive)} | xz -6 --threads=2 --block-size=32MiB > ${path}`.quiet();
    lines.push(`${new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex")}  ${name}`);
  }
  writeFileSync(list, `${lines.toSorted((one, other) => (one.slice(66) < other.slice(66) ? -1 : 1)).join("\n")}\n`);
}

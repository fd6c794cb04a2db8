import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { distSettings } from "../../scripts/dist/dist-settings.ts";

/** What `make dist` and GoReleaser were asked for. */
export const settings = distSettings(process.env);
/** Where GoReleaser's release lies. */
export const release = join(settings.folder, "release");

/** The SHA-256 of a file. */
export function sha256(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}

/** A text file of the release; throws with what to type if there is none. */
export function released(name: string): string {
  try {
    return readFileSync(join(release, name), "utf8");
  } catch (cause) {
    throw new Error(`${join(release, name)} is missing: make release-check, or make snapshot for all targets.`, {
      cause,
    });
  }
}

/** `checksums.txt`: checksum by name. */
export function checksums(folder = release): ReadonlyMap<string, string> {
  const text = folder === release ? released("checksums.txt") : readFileSync(join(folder, "checksums.txt"), "utf8");
  const lines = text.trimEnd().split("\n");
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

/** The only file of the release that a pattern fits; throws with what to type if there is none. */
export function theOne(pattern: RegExp): string {
  const found = [...checksums().keys()].filter((name) => pattern.test(name));
  if (found.length !== 1) throw new Error(`${release} has ${found.length} of ${pattern}: make release-check.`);
  return join(release, found[0] ?? "");
}

/** The archive for this machine. */
export function hostArchive(): string {
  return theOne(new RegExp(`_${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}\\.tar\\.gz$`));
}

/** An archive unpacked into a new folder below `scratch`: its one folder, and every file by its path below that. */
export async function unpack(
  path: string,
  scratch: string,
): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
  const into = mkdtempSync(join(scratch, "unpacked-"));
  // Python's reading of zip files is there wherever the tests run.
  await (
    path.endsWith(".zip") ? Bun.$`python3 -m zipfile -e ${path} ${into}` : Bun.$`tar -xf ${path} -C ${into}`
  ).quiet();
  const names = readdirSync(into);
  if (names.length !== 1) throw new Error(`${path} holds ${names.join(", ")} and not one folder.`);
  const folder = join(into, names[0] ?? "");
  return { folder, files: [...new Glob("**/*").scanSync(folder)].toSorted() };
}

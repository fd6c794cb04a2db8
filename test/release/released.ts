import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { distSettings } from "../../scripts/dist/dist-settings.ts";
import { targetOf } from "../../scripts/dist/targets.ts";

/** What `make dist` and GoReleaser were asked for. */
export const settings = distSettings(process.env);
/** Where GoReleaser's release lies. */
export const release = join(settings.folder, "release");
/** This machine. */
export const host = targetOf(process.platform, process.arch);
/** The same in names of archives and packages: `linux_amd64`. */
export const hostPlatform = host.name.replace("-", "_");

/** The SHA-256 of a file. */
export function sha256(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}

/** A text file of a release; throws with what to type if there is none. */
export function released(name: string, folder = release): string {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch (cause) {
    throw new Error(`${join(folder, name)} is missing: make release-check, or make snapshot for all targets.`, {
      cause,
    });
  }
}

/** `checksums.txt`: checksum by name. */
export function checksums(folder = release): ReadonlyMap<string, string> {
  const lines = released("checksums.txt", folder).trimEnd().split("\n");
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
  return theOne(new RegExp(`_${hostPlatform}\\.tar\\.gz$`));
}

/** A new folder below `scratch` with what an archive or a wheel holds. */
export async function extracted(path: string, scratch: string): Promise<string> {
  const into = mkdtempSync(join(scratch, "unpacked-"));
  // Python's reading of zip files is there wherever the tests run.
  const command = /\.(zip|whl)$/.test(path)
    ? Bun.$`python3 -m zipfile -e ${path} ${into}`
    : Bun.$`tar -xf ${path} -C ${into}`;
  await command.quiet();
  return into;
}

/** Every file below a folder by its path from there, in order. */
export function filesBelow(folder: string): readonly string[] {
  return [...new Glob("**/*").scanSync(folder)].toSorted();
}

/** An archive unpacked into a new folder below `scratch`: its one folder, and every file by its path below that. */
export async function unpack(
  path: string,
  scratch: string,
): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
  const into = await extracted(path, scratch);
  const names = readdirSync(into);
  if (names.length !== 1) throw new Error(`${path} holds ${names.join(", ")} and not one folder.`);
  const folder = join(into, names[0] ?? "");
  return { folder, files: filesBelow(folder) };
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const names = z.record(z.string(), z.string()).default({});
/** As much of a package in package-lock.json as must be known of what is handed out. */
const lockedPackage = z.object({
  version: z.string(),
  integrity: z.string().startsWith("sha512-"),
  license: z.string(),
  dependencies: names,
});
const lockFile = z.object({
  packages: z.looseObject({ "": z.object({ dependencies: names }) }),
});

/** A package in package-lock.json. */
export type LockedPackage = z.infer<typeof lockedPackage>;

/** What package-lock.json says of what the executables hold. */
export interface BundledPackages {
  /** Names of the packages that the sources import. */
  readonly direct: readonly string[];
  /** Those and whatever they need, by name in order. */
  readonly all: readonly string[];
  /** Any package of the lock file; throws where there is none. */
  locked(name: string): LockedPackage;
}

/** Reads them. Not from `npm ls --omit=dev`, which leaves out what a tool of development asks for as well. */
export function bundledPackages(repository: string): BundledPackages {
  const { packages } = lockFile.parse(JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")));
  const locked = (name: string): LockedPackage => lockedPackage.parse(packages[`node_modules/${name}`]);
  const direct = Object.keys(packages[""].dependencies);
  const found = new Set(direct);
  // A set is walked on to what is added meanwhile.
  for (const name of found) for (const each of Object.keys(locked(name).dependencies)) found.add(each);
  return { direct, all: [...found].toSorted(), locked };
}

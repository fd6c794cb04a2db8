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

/** What package-lock.json says. */
export interface LockedPackages {
  /** Names of the packages that the sources import. */
  readonly direct: readonly string[];
  /** Any package; throws where the file names none of that name. */
  locked(name: string): LockedPackage;
}

/** Reads the package-lock.json of a repository. */
export function lockedPackages(repository: string): LockedPackages {
  const { packages } = lockFile.parse(JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")));
  return {
    direct: Object.keys(packages[""].dependencies),
    locked: (name) => {
      const found = packages[`node_modules/${name}`];
      if (found === undefined) throw new Error(`package-lock.json names no ${name}.`);
      return lockedPackage.parse(found);
    },
  };
}

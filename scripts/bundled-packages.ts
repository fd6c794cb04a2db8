import { type LockedPackages, lockedPackages } from "./locked-packages.ts";

/** What package-lock.json says of what the executables hold. */
export interface BundledPackages extends LockedPackages {
  /** The direct ones and whatever they need, by name in order. */
  readonly all: readonly string[];
}

/** Reads them. Not from `npm ls --omit=dev`, which leaves out what a tool of development asks for as well. */
export function bundledPackages(repository: string): BundledPackages {
  const { direct, locked } = lockedPackages(repository);
  const found = new Set(direct);
  // A set is walked on to what is added meanwhile.
  for (const name of found) for (const each of Object.keys(locked(name).dependencies)) found.add(each);
  return { direct, all: [...found].toSorted(), locked };
}

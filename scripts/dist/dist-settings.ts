import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type BuildFacts, buildFacts } from "../build-facts.ts";
import { chosenTargets, type Target } from "./targets.ts";

/** What every part of `make dist` goes by: `version` is `DIST_VERSION`, else of the tag, else of package.json with the commit. */
export interface DistSettings extends BuildFacts {
  /** The repository's root. */
  readonly repository: string;
  /** Where everything lands: `DIST_DIR`, else `dist`. Absolute. */
  readonly folder: string;
  /** `DIST_TARGETS`: names, `host`, or all of them. */
  readonly targets: readonly Target[];
}

/** Reads `DIST_DIR`, `DIST_VERSION` and `DIST_TARGETS`; throws on a target that does not exist. */
export function distSettings(environ: Readonly<Record<string, string | undefined>>): DistSettings {
  const repository = resolve(import.meta.dir, "../..");
  return {
    repository,
    folder: resolve(repository, environ["DIST_DIR"] || "dist"),
    ...buildFacts(repository, environ),
    targets: chosenTargets(environ["DIST_TARGETS"]),
  };
}

/** The folder of a target below `dist/go`: the executable, templates, profiles, completion, manual, licence. */
export function folderOf(settings: DistSettings, target: Target): string {
  return join(settings.folder, "go", `tokligence-${target.name}`);
}

/** The executable of a target, as `make dist-go` leaves it. */
export function executableOf(settings: DistSettings, target: Target): string {
  return join(folderOf(settings, target), target.program);
}

/** The same where it is there; throws with what to type where it is not. */
export function builtExecutable(settings: DistSettings, target: Target): string {
  const path = executableOf(settings, target);
  if (!existsSync(path)) throw new Error(`${path} is missing: make dist-go DIST_TARGETS=${target.name}`);
  return path;
}

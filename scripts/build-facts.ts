import { version as packageVersion } from "../package.json" with { type: "json" };

/** What an executable says of its own making. */
export interface BuildFacts {
  readonly version: string;
  readonly commit: string;
  /** RFC 3339, UTC: the time of the commit, so that building twice gives the same bytes. */
  readonly builtAt: string;
}

/**
 * Version of the tag (`v1.2.3` is 1.2.3, later commits add `-N-gHASH`, changed files `-dirty`); without a tag the
 * package's with the commit behind `+`; without git the package's alone. `SOURCE_DATE_EPOCH` overrides the time.
 */
export function buildFacts(directory: string, environ: Readonly<Record<string, string | undefined>>): BuildFacts {
  const described = git(directory, "describe", "--tags", "--always", "--dirty");
  const committedAt = git(directory, "log", "-1", "--format=%ct");
  const seconds = Number(environ.SOURCE_DATE_EPOCH ?? committedAt ?? Number.NaN);
  return {
    version: versionOf(described),
    commit: git(directory, "rev-parse", "--short", "HEAD") ?? "unknown",
    builtAt: Number.isNaN(seconds) ? "" : new Date(seconds * 1000).toISOString(),
  };
}

/** The version that `git describe --tags --always` means. */
export function versionOf(described: string | undefined): string {
  if (described === undefined) return packageVersion;
  const tagged = /^v?(\d+\.\d+\.\d+.*)$/.exec(described);
  return tagged?.[1] ?? `${packageVersion}+${described}`;
}

function git(directory: string, ...words: string[]): string | undefined {
  const { success, stdout } = Bun.spawnSync(["git", "-C", directory, ...words], { stderr: "ignore" });
  const text = stdout.toString().trim();
  return success && text !== "" ? text : undefined;
}

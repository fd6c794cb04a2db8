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
 * package's with the commit behind `+`; without git the package's alone. `DIST_VERSION` overrides it, `SOURCE_DATE_EPOCH` the
 * time. Throws on a `DIST_VERSION` that is no SemVer.
 */
export function buildFacts(directory: string, environ: Readonly<Record<string, string | undefined>>): BuildFacts {
  const committedAt = git(directory, "log", "-1", "--format=%ct");
  const seconds = Number(environ.SOURCE_DATE_EPOCH ?? committedAt ?? Number.NaN);
  return {
    version: givenVersion(environ.DIST_VERSION) ?? describedVersion(directory),
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

const semanticVersion = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$/;

function givenVersion(words: string | undefined): string | undefined {
  if (!words) return undefined;
  const version = semanticVersion.exec(words)?.[1];
  if (version === undefined)
    throw new Error(`DIST_VERSION is no version: ${words}. It is one like 1.2.3 or 1.2.3-rc.1.`);
  return version;
}

function describedVersion(directory: string): string {
  return versionOf(git(directory, "describe", "--tags", "--always", "--dirty"));
}

function git(directory: string, ...words: string[]): string | undefined {
  const { success, stdout } = Bun.spawnSync(["git", "-C", directory, ...words], { stderr: "ignore" });
  const text = stdout.toString().trim();
  return success && text !== "" ? text : undefined;
}

const semanticVersion = /^\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/**
 * The version of npm packages: npm ignores what is behind `+`, and sorts what git adds to a tag before that tag. What is not a
 * release is therefore a `dev` one: of the version to come (`0.1.0+abc` is 0.1.0-dev.gabc), behind its tag (`1.2.3-4-gabc` is
 * 1.2.4-dev.4.gabc, `1.2.3-rc.1-4-gabc` is 1.2.3-rc.1.dev.4.gabc). Throws on what npm would not take.
 */
export function npmVersion(version: string): string {
  const [core = "", build] = version.split("+", 2);
  const behindTag =
    /^(?<tag>.+?)(?:-(?<commits>\d+)-(?<commit>g[0-9a-f]+))?(?<dirty>-dirty)?$/.exec(core)?.groups ?? {};
  const { tag = "", commits, commit, dirty } = behindTag;
  const words = [commits, commit, dirty && "dirty"].filter((word) => word !== undefined);
  const npm =
    build !== undefined
      ? development(core, [/^[0-9a-f]/.test(build) ? `g${build}` : build])
      : words.length > 0
        ? development(following(tag), words)
        : version;
  if (!semanticVersion.test(npm)) throw new Error(`npm takes no version ${version}.`);
  return npm;
}

function development(core: string, words: readonly string[]): string {
  return [core.includes("-") ? `${core}.dev` : `${core}-dev`, ...words].join(".");
}

/** The version that comes after this one at the earliest; after one before a release, something of that one still. */
function following(tag: string): string {
  return tag.includes("-") ? tag : tag.replace(/\d+$/, (patch) => String(Number(patch) + 1));
}

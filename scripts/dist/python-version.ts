/** SemVer as `git describe` extends it: release, candidate, commits since the tag, and the rest. */
const described =
  /^(?<release>\d+\.\d+\.\d+)(?:-(?<phase>alpha|beta|rc)\.?(?<count>\d+))?(?:-(?<commits>\d+)-g(?<commit>[0-9a-f]+))?(?:\+(?<build>[0-9A-Za-z.-]+?))?(?<dirty>-dirty)?$/;
const phases: Readonly<Record<string, string>> = { alpha: "a", beta: "b", rc: "rc" };

/**
 * A version as Python writes it (PEP 440), in the one spelling that file names carry: `1.2.3-rc.1` is `1.2.3rc1`,
 * `1.2.3-4-gabcdef` is `1.2.3.post4+gabcdef`. Throws on what Python has no word for.
 */
export function pythonVersion(version: string): string {
  const found = described.exec(version)?.groups;
  if (found === undefined)
    throw new Error(`Python has no version like ${version}; there are 1.2.3, 1.2.3-alpha.1, -beta.1 and -rc.1.`);
  const { release = "", phase, count, commits, commit, build, dirty } = found;
  const candidate = phase === undefined ? "" : `${phases[phase]}${Number(count)}`;
  const since = commits === undefined ? "" : `.post${Number(commits)}`;
  const local = [commit === undefined ? [] : `g${commit}`, build ?? [], dirty === undefined ? [] : "dirty"].flat();
  return `${release}${candidate}${since}${local.length === 0 ? "" : `+${spelled(local.join("."))}`}`;
}

/** Parts of digits are numbers to Python: it drops their leading zeros. */
function spelled(local: string): string {
  const parts = local.toLowerCase().split(/[.-]/);
  return parts.map((part) => (/^\d+$/.test(part) ? String(BigInt(part)) : part)).join(".");
}

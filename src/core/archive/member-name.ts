/** Names that Windows takes for devices, whatever follows their first dot. */
const devices = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const segment = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const maxNameLength = 100;

/**
 * Whether a name may stand in an archive: relative, with `/` alone, of letters, digits, `.`, `_` and `-`, no part of it
 * hidden, ending in a dot, or a device somewhere. It then names one and the same file below any directory of any system.
 */
export function isMemberName(name: string): boolean {
  if (name.length === 0 || name.length > maxNameLength) return false;
  return name.split("/").every((part) => segment.test(part) && !part.endsWith(".") && !devices.test(part));
}

/** The names that some system would take for one file. */
export function clashingNames(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.filter((name) => {
    const folded = name.toLowerCase();
    const known = seen.has(folded);
    seen.add(folded);
    return known;
  });
}

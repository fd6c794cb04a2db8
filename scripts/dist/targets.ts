/** A machine that Tokligence is built for, and what the channels call it. */
export interface Target {
  /** As users read it, in `dist/go` and in names of archives: `linux-amd64`, `linux-arm64-musl`. */
  readonly name: string;
  /** As Bun's compiler names it. */
  readonly bun: string;
  /** What the executable is called there. */
  readonly program: "tokligence" | "tokligence.exe";
  /** The platform of a wheel (PEP 425, PEP 600, PEP 656): the oldest system that the executable runs on. */
  readonly wheelPlatform: string;
  /** What npm asks of a machine before it installs an optional package. */
  readonly npm: { readonly os: string; readonly cpu: string; readonly libc?: "glibc" | "musl" };
}

/** Every machine that Tokligence is built for. */
export const targets: readonly Target[] = [
  target("linux-amd64", "manylinux_2_17_x86_64", { os: "linux", cpu: "x64", libc: "glibc" }),
  target("linux-arm64", "manylinux_2_17_aarch64", { os: "linux", cpu: "arm64", libc: "glibc" }),
  target("linux-amd64-musl", "musllinux_1_2_x86_64", { os: "linux", cpu: "x64", libc: "musl" }),
  target("linux-arm64-musl", "musllinux_1_2_aarch64", { os: "linux", cpu: "arm64", libc: "musl" }),
  target("darwin-amd64", "macosx_13_0_x86_64", { os: "darwin", cpu: "x64" }),
  target("darwin-arm64", "macosx_13_0_arm64", { os: "darwin", cpu: "arm64" }),
  target("windows-amd64", "win_amd64", { os: "win32", cpu: "x64" }),
  target("windows-arm64", "win_arm64", { os: "win32", cpu: "arm64" }),
];

function target(name: string, wheelPlatform: string, npm: Target["npm"]): Target {
  return {
    name,
    bun: `bun-${name.replace("amd64", "x64")}`,
    program: npm.os === "win32" ? "tokligence.exe" : "tokligence",
    wheelPlatform,
    npm,
  };
}

/** The target of a machine as Node names its system and processor; throws where there is none. Linux is glibc. */
export function targetOf(platform: string, processor: string): Target {
  const found = targets.find(({ npm }) => npm.os === platform && npm.cpu === processor && npm.libc !== "musl");
  if (found === undefined) throw new Error(`There is no executable for ${platform} on ${processor}.`);
  return found;
}

/**
 * The targets that words name (`DIST_TARGETS="linux-amd64 darwin-arm64"`): `host` is the machine that builds, `all` or nothing
 * every one. Throws on a word that names none.
 */
export function chosenTargets(words: string | undefined): readonly Target[] {
  const names = (words ?? "").split(/[\s,]+/).filter((word) => word !== "");
  if (names.length === 0 || names.includes("all")) return targets;
  const chosen = names.map((name) => {
    if (name === "host") return targetOf(process.platform, process.arch);
    const found = targets.find((each) => each.name === name);
    if (found === undefined)
      throw new Error(`No target ${name}; there are ${targets.map((each) => each.name).join(", ")}.`);
    return found;
  });
  return [...new Set(chosen)];
}

import { readFileSync } from "node:fs";

type ReadText = (path: string) => string | undefined;

/** Memory that this process holds, in bytes. */
export function residentBytes(): number {
  return process.memoryUsage.rss();
}

/** Asks the engine to give back what nobody uses any more; a pause of milliseconds, of half a second for millions of objects. */
export function collectGarbage(): void {
  Bun.gc(true);
}

/** What this process may take: the least of what is said here and of what its cgroups allow; undefined where nobody says. */
export function memoryLimitBytes(said: number | undefined, read: ReadText = readText): number | undefined {
  const limits = [said, ...cgroupLimits(read)].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Version 1 writes a page count near 2^63 where there is no limit. */
const unlimitedFrom = 2 ** 60;

/** Limits of the groups this process is in and of those around them (cgroups(7), versions 1 and 2). */
function cgroupLimits(read: ReadText): readonly number[] {
  // A path may hold colons: those of containerd do.
  const memberships = (read("/proc/self/cgroup") ?? "").matchAll(/^(\d+):([^:]*):(.*)$/gm);
  return [...memberships].flatMap(([, id, controllers = "", path = ""]) => {
    if (id === "0") return limitsAlong(path, (group) => `/sys/fs/cgroup${group}/memory.max`, read);
    if (!controllers.split(",").includes("memory")) return [];
    return limitsAlong(path, (group) => `/sys/fs/cgroup/memory${group}/memory.limit_in_bytes`, read);
  });
}

/** In a container the path may be one that the machine around it knows, while the files lie at the root. */
function limitsAlong(path: string, fileOf: (group: string) => string, read: ReadText): readonly number[] {
  const names = path.split("/").filter((name) => name !== "");
  const groups = Array.from({ length: names.length + 1 }, (_, depth) =>
    names
      .slice(0, depth)
      .map((name) => `/${name}`)
      .join(""),
  );
  return groups.flatMap((group) => {
    const limit = Number((read(fileOf(group)) ?? "max").trim());
    return limit > 0 && limit < unlimitedFrom ? [limit] : [];
  });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

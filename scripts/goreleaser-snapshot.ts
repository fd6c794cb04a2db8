/**
 * Builds archives, packages, manifests and checksums of this commit with the pinned GoReleaser, in `DIST_DIR/release`, and
 * publishes nothing: `bun scripts/goreleaser-snapshot.ts`, for the targets that `DIST_TARGETS` names.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { DistSettings } from "./dist/dist-settings.ts";
import { runDist } from "./dist/run-dist.ts";
import { type Target, targets } from "./dist/targets.ts";
import { writeFormula } from "./homebrew-formula.ts";
import { addXzArchives } from "./xz-archives.ts";

/** As much of GoReleaser's file as must be known here. */
const part = z.looseObject({ ids: z.array(z.string()) });
const configuration = z.looseObject({
  builds: z.array(z.looseObject({ id: z.string(), targets: z.array(z.string()) })),
  archives: z.array(part),
  nfpms: z.array(part),
});

/** What GoReleaser calls a target: as Bun does, and where its list of those ends, as Go does. */
function targetCalled(name: string): Target {
  const found = targets.find((target) => target.bun === name || target.name === name.replace("_", "-"));
  if (found === undefined) throw new Error(`.goreleaser.yaml names a target ${name}, which targets.ts does not.`);
  return found;
}

/**
 * A file that differs in what `goreleaser release` has no flags for: where it writes, and its targets. What has none of its own
 * left is left out, since GoReleaser takes it for a mistake.
 */
function chosenFile({ repository, targets: chosen }: DistSettings, dist: string): string {
  const whole = configuration.parse(parse(readFileSync(join(repository, ".goreleaser.yaml"), "utf8"), { merge: true }));
  const builds = whole.builds
    .map((build) => ({ ...build, targets: build.targets.filter((name) => chosen.includes(targetCalled(name))) }))
    .filter((build) => build.targets.length > 0);
  const serves = (system: string, ids: readonly string[]): boolean =>
    builds.some((build) => ids.includes(build.id) && build.targets.some((name) => name.includes(system)));
  const windows = chosen.some(({ npm }) => npm.os === "win32") ? {} : { scoops: [], winget: [] };
  const archives = whole.archives.filter(({ ids }) => serves("", ids));
  const nfpms = whole.nfpms.filter(({ ids }) => serves("linux", ids));
  const path = join(repository, ".cache/goreleaser/chosen.yaml");
  writeFileSync(path, stringify({ ...whole, dist, builds, archives, nfpms, ...windows }));
  return path;
}

/** GoReleaser reads dates and commits only where there is a remote. Naming one dials nowhere. */
function remote(repository: string): Readonly<Record<string, string>> {
  const { stdout } = Bun.spawnSync(["git", "-C", repository, "remote"], { stderr: "ignore" });
  if (stdout.toString().trim() !== "") return {};
  const url = "https://localhost/tokligence/gateway.git";
  return { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "remote.origin.url", GIT_CONFIG_VALUE_0: url };
}

await runDist(async (settings) => {
  const { repository, version } = settings;
  const release = join(settings.folder, "release");
  const goreleaser = join(repository, ".cache/goreleaser/goreleaser");
  const words = ["release", "--snapshot", "--clean", "--config", chosenFile(settings, release)];
  const { success } = Bun.spawnSync([goreleaser, ...words], {
    cwd: repository,
    stdio: ["ignore", "inherit", "inherit"],
    // Archives are called what the executable in them says that it is.
    env: { ...process.env, ...remote(repository), RELEASE_VERSION: version },
  });
  if (!success) throw new Error("GoReleaser failed.");
  await addXzArchives(release);
  writeFormula(release, version);
});

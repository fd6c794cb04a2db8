/**
 * Builds the image of this machine's processor into `dist/docker/gateway.tar`, as `docker load` and `podman load` take it, around
 * the executable in `dist/go`. Docker with buildx does it where an engine answers, else buildah. Where neither can it says what is
 * missing and ends with 69, which `make dist` takes for "go on with the rest".
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { artefactText } from "./artefact-text.ts";
import { builtExecutable, type DistSettings } from "./dist-settings.ts";
import { runDist } from "./run-dist.ts";
import { targetOf } from "./targets.ts";

const repositoryName = "ghcr.io/tokligence/gateway";

/** An image about to be built. */
interface ImagePlan {
  readonly settings: DistSettings;
  readonly archive: string;
  /** The version as a tag: a tag holds no plus sign. */
  readonly tag: string;
}

/** Whether the command can be run and ends well; nothing of it is shown. */
function answers(...words: string[]): boolean {
  if (Bun.which(words[0] ?? "") === null) return false;
  return Bun.spawnSync(words, { stdio: ["ignore", "ignore", "ignore"] }).success;
}

/** Runs a command to its end and shows what it says; throws where it fails. */
function run({ settings }: ImagePlan, words: string[], environment: Readonly<Record<string, string>> = {}): void {
  const { success } = Bun.spawnSync(words, {
    cwd: settings.repository,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...environment },
  });
  if (!success) throw new Error(`dist-docker: ${words.slice(0, 3).join(" ")} failed.`);
}

function buildWithDocker(plan: ImagePlan): void {
  run(plan, ["docker", "buildx", "bake", "--file", "docker-bake.hcl", "archive"], {
    DIST_DIR: plan.settings.folder,
    DIST_VERSION: plan.settings.version,
    DIST_COMMIT: plan.settings.commit,
    IMAGE_TAGS: plan.tag,
    // It would ask whether a folder outside of the repository may be read: DIST_DIR says so.
    BUILDX_BAKE_ENTITLEMENTS_FS: "0",
  });
}

function buildWithBuildah(plan: ImagePlan): void {
  const { settings, archive, tag } = plan;
  const image = `${repositoryName}:${tag}`;
  const values = { EXECUTABLE: "prebuilt", DIST_VERSION: settings.version, DIST_COMMIT: settings.commit };
  run(plan, [
    ...["buildah", "build", "--quiet", "--format=docker", "--pull-never", `--platform=${platform()}`, `--tag=${image}`],
    `--build-context=executables=${join(settings.folder, "go")}`,
    ...Object.entries(values).map(([name, value]) => `--build-arg=${name}=${value}`),
    ".",
  ]);
  run(plan, ["buildah", "push", "--quiet", image, `docker-archive:${archive}:${image}`]);
}

function platform(): string {
  return targetOf("linux", process.arch).name.replace("-", "/");
}

/** What the image is built upon, as the last stage of the Dockerfile names it. */
function baseOf({ repository }: DistSettings): string {
  const stages = [...readFileSync(join(repository, "Dockerfile"), "utf8").matchAll(/^FROM (\S+)/gm)];
  return stages.at(-1)?.[1] ?? "";
}

/** Has buildah fetch the base where it is not there yet; throws with the last that it says where it cannot. */
function pull(base: string): void {
  const { success, stderr } = Bun.spawnSync(["buildah", "pull", "--quiet", "--policy=missing", base], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (success) return;
  const last = stderr.toString().trim().split("\n").at(-1);
  throw new Error(`buildah cannot get ${base}: ${last || "it does not say why."}`);
}

/** What builds the image here; throws with what is missing. */
function builder(settings: DistSettings): (plan: ImagePlan) => void {
  builtExecutable(settings, targetOf("linux", process.arch));
  if (answers("docker", "info") && answers("docker", "buildx", "version")) return buildWithDocker;
  if (!answers("buildah", "--version"))
    throw new Error("no Docker engine with buildx answers, and buildah is not installed.");
  pull(baseOf(settings));
  return buildWithBuildah;
}

/** The same, or nothing once what is missing has been said. */
function builderOrNone(settings: DistSettings): ((plan: ImagePlan) => void) | undefined {
  try {
    return builder(settings);
  } catch (error) {
    process.stderr.write(`dist-docker: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 69;
    return undefined;
  }
}

await runDist((settings) => {
  const archive = join(settings.folder, "docker/gateway.tar");
  // One of another version would be taken for this one's.
  rmSync(archive, { force: true });
  const build = builderOrNone(settings);
  if (build === undefined) return;
  const tag = settings.version.replace("+", "-");
  mkdirSync(join(settings.folder, "docker"), { recursive: true });
  build({ settings, archive, tag });
  process.stdout.write(`${repositoryName}:${tag}, ${artefactText(settings, archive)}\n`);
});

import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { distSettings, executableOf, folderOf } from "../../scripts/dist/dist-settings.ts";
import { targetOf } from "../../scripts/dist/targets.ts";
import type { ContainerEngine } from "./container-engine.ts";

/** The image as `make dist-docker` makes it, in the store of an engine. */
export interface BuiltImage {
  readonly name: string;
  readonly version: string;
  /** The one of dist/go that it is built around. */
  readonly executable: string;
  /** What it is built upon, as files. */
  readonly base: string;
}

/**
 * Builds the image from the real Dockerfile and the executable in dist/go by scripts/dist/dist-docker.ts, and loads its archive as
 * somebody would who got it. Its base is a stand-in: no test fetches the real one.
 */
export async function buildImage(engine: ContainerEngine): Promise<BuiltImage> {
  const settings = distSettings(process.env);
  const target = targetOf("linux", process.arch);
  const executable = executableOf(settings, target);
  if (!existsSync(executable)) throw new Error(`${executable} is missing: make release-check GROUPS=release.container`);
  const base = await standIn(engine, executable);
  const folder = join(engine.scratch, "dist");
  cpSync(folderOf(settings, target), folderOf({ ...settings, folder }, target), { recursive: true });
  const script = [process.execPath, "scripts/dist/dist-docker.ts"];
  const built = await engine.run(script, {
    DIST_DIR: folder,
    DIST_VERSION: settings.version,
    PATH: withoutDocker(engine),
  });
  const name = `ghcr.io/tokligence/gateway:${settings.version.replace("+", "-")}`;
  if (built.exitCode !== 0 || !built.stdout.startsWith(name)) throw new Error(built.stdout + built.stderr);
  await engine.output("buildah", "rmi", name);
  const loaded = await engine.podman("load", "--quiet", "--input", join(folder, "docker/gateway.tar"));
  if (loaded.stdout.trim() !== `Loaded image: ${name}`) throw new Error(loaded.stdout + loaded.stderr);
  return { name, version: settings.version, executable, base };
}

/**
 * A base under the name that the last stage of the Dockerfile wants: the C library of this machine and a user 65532. What the
 * executable needs beyond that would be missing.
 */
async function standIn(engine: ContainerEngine, executable: string): Promise<string> {
  const root = join(engine.scratch, "base");
  const libraries = await engine.output("ldd", executable);
  for (const [path] of libraries.matchAll(/\/\S+/g)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(path, join(root, path));
  }
  for (const folder of ["etc", "proc", "dev", "tmp"]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "etc/passwd"), "nonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nnonroot:x:65532:\n");
  const stages = [...readFileSync("Dockerfile", "utf8").matchAll(/^FROM (\S+)/gm)];
  const container = await engine.output("buildah", "from", "scratch");
  await engine.output("buildah", "add", "--quiet", container, root, "/");
  await engine.output("buildah", "config", "--user=65532", "--env=PATH=/usr/local/bin:/usr/bin:/bin", container);
  await engine.output("buildah", "commit", "--quiet", "--rm", "--format=docker", container, stages.at(-1)?.[1] ?? "");
  return root;
}

/** An engine that happens to run here would fetch the real base. */
function withoutDocker({ scratch }: ContainerEngine): string {
  const folder = join(scratch, "programs");
  mkdirSync(folder);
  writeFileSync(join(folder, "docker"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  return `${folder}:${process.env["PATH"] ?? ""}`;
}

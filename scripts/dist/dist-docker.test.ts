import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { distSettings, folderOf } from "./dist-settings.ts";
import { targetOf } from "./targets.ts";

const scratch = mkdtempSync(join(tmpdir(), "dist-docker-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A machine that has these programs and no other, each a shell script, and an executable to build around or none. */
function distDocker(name: string, programs: Readonly<Record<string, string>>, hasExecutable = true) {
  const folder = join(scratch, name);
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(Bun.which("git") ?? "", join(bin, "git"));
  for (const [program, script] of Object.entries(programs))
    writeFileSync(join(bin, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const environ = { DIST_DIR: folder, DIST_VERSION: "1.2.3+abc", PATH: bin };
  const target = join(folderOf(distSettings(environ), targetOf("linux", process.arch)), "tokligence");
  mkdirSync(dirname(target), { recursive: true });
  if (hasExecutable) writeFileSync(target, "");
  mkdirSync(join(folder, "docker"));
  writeFileSync(join(folder, "docker/gateway.tar"), "of the version before");
  const ended = Bun.spawnSync([process.execPath, "scripts/dist/dist-docker.ts"], { env: environ });
  return { exitCode: ended.exitCode, stdout: ended.stdout.toString(), stderr: ended.stderr.toString(), folder };
}

test("where nothing can build the image, one line says what is missing, the exit code is 69, and no older image is left", () => {
  const missing: readonly (readonly [Readonly<Record<string, string>>, boolean, string])[] = [
    [{}, false, "is missing: make dist-go DIST_TARGETS=linux-"],
    [{}, true, "no Docker engine with buildx answers, and buildah is not installed."],
    [{ docker: "exit 1" }, true, "no Docker engine with buildx answers, and buildah is not installed."],
    [{ docker: '[ "$1" = info ]' }, true, "no Docker engine with buildx answers, and buildah is not installed."],
    [
      { buildah: '[ "$1" = --version ]' },
      true,
      "buildah cannot get gcr.io/distroless/base-nossl-debian12:nonroot: it does not say why.",
    ],
    [{ buildah: '[ "$1" = --version ] || { echo Trying; echo no route; exit 1; } >&2' }, true, "nonroot: no route\n"],
  ];
  missing.forEach(([programs, hasExecutable, said], index) => {
    const { exitCode, stdout, stderr, folder } = distDocker(`missing-${index}`, programs, hasExecutable);
    expect([exitCode, stdout, stderr]).toEqual([69, "", expect.stringMatching(/^dist-docker: [^\n]+\n$/)]);
    expect(stderr).toContain(said);
    expect(existsSync(join(folder, "docker/gateway.tar"))).toBe(false);
  });
});

test("an engine with buildx builds the archive of docker-bake.hcl, under the version with no plus sign", () => {
  const script = '[ "$2" != bake ] || echo "$*|$DIST_VERSION|$IMAGE_TAGS" >"$DIST_DIR/docker/gateway.tar"';
  const { exitCode, stdout, stderr, folder } = distDocker("docker", { docker: script });
  expect([exitCode, stdout, stderr]).toEqual([
    0,
    expect.stringMatching(/^ghcr.io\/tokligence\/gateway:1.2.3-abc, /),
    "",
  ]);
  expect(readFileSync(join(folder, "docker/gateway.tar"), "utf8")).toBe(
    "buildx bake --file docker-bake.hcl archive|1.2.3+abc|1.2.3-abc\n",
  );
});

test("a build that fails is a failure, not something missing", () => {
  const { exitCode, stderr } = distDocker("failing", { docker: '[ "$2" != bake ]' });
  expect([exitCode, stderr]).toEqual([1, "dist-docker: docker buildx bake failed.\n"]);
});

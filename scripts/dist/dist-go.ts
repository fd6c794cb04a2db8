/**
 * Builds the executable of each chosen target into `dist/go/tokligence-<target>/`, beside what its archive holds as well. Every
 * other channel takes it from there.
 */
import { join } from "node:path";
import { artefactText } from "./artefact-text.ts";
import { type DistSettings, executableOf } from "./dist-settings.ts";
import { runDist } from "./run-dist.ts";
import { makeTargetFolder } from "./target-folder.ts";
import type { Target } from "./targets.ts";

/** Compiles the program of a target at a path; the version was read once, so that all of them say the same. */
function build({ repository, version }: DistSettings, target: Target, program: string): void {
  const script = join(repository, "scripts/build.ts");
  const { success } = Bun.spawnSync([process.execPath, script, "--target", target.bun, "--outfile", program], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DIST_VERSION: version },
  });
  if (!success) throw new Error(`The executable for ${target.name} could not be built.`);
}

await runDist((settings) => {
  for (const target of settings.targets) {
    makeTargetFolder(settings, target, (program) => build(settings, target, program));
    const program = executableOf(settings, target);
    process.stdout.write(`${target.name} ${settings.version}, ${artefactText(settings, program)}\n`);
  }
});

/**
 * Makes `dist/python`: a wheel of tokgateway for each chosen target with the executable of `dist/go`, its source distribution without
 * one, and the packages that stand for it. The same commit gives the same bytes. `make dist-python` brings hatchling.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Glob } from "bun";
import { artefactText } from "./artefact-text.ts";
import { builtExecutable, type DistSettings } from "./dist-settings.ts";
import { madeWhole } from "./made-whole.ts";
import { metaProjects } from "./meta-packages.ts";
import { pythonVersion } from "./python-version.ts";
import { runDist } from "./run-dist.ts";

/** What the use of sources leaves beside them. */
const leftover = /^(__pycache__|\..+)$/;

/** Makes everything beside `dist/python`, then puts it there whole. */
function distPython(settings: DistSettings): void {
  const folder = join(settings.folder, "python");
  // Not below the repository: hatchling would leave out what git ignores there.
  const scratch = mkdtempSync(join(tmpdir(), "dist-python-"));
  try {
    madeWhole(folder, (unfinished) => {
      buildTokgateway(settings, join(scratch, "tokgateway"), unfinished);
      buildMetaPackages(settings, scratch, join(unfinished, "wheels"));
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  for (const path of [...new Glob("*/*").scanSync(folder)].toSorted()) {
    process.stdout.write(`${artefactText(settings, join(folder, path))}\n`);
  }
}

function buildTokgateway(settings: DistSettings, sources: string, into: string): void {
  copySources(join(settings.repository, "python-package"), sources);
  for (const target of settings.targets) {
    const environment = {
      TOKLIGENCE_EXECUTABLE: builtExecutable(settings, target),
      TOKLIGENCE_WHEEL_PLATFORM: target.wheelPlatform,
    };
    hatch(settings, sources, "wheel", join(into, "wheels"), environment);
  }
  hatch(settings, sources, "sdist", join(into, "sdist"));
}

function buildMetaPackages(settings: DistSettings, scratch: string, into: string): void {
  const pythonPackage = join(settings.repository, "python-package");
  for (const { name, pyproject, holds } of metaProjects(pythonPackage, pythonVersion(settings.version))) {
    const sources = join(scratch, name);
    mkdirSync(sources);
    for (const held of holds) copySources(join(pythonPackage, "src", held), join(sources, held));
    cpSync(join(settings.repository, "LICENSE"), join(sources, "LICENSE"));
    writeFileSync(join(sources, "pyproject.toml"), pyproject);
    hatch(settings, sources, "wheel", into);
  }
}

function copySources(from: string, to: string): void {
  const filter = (path: string): boolean => !leftover.test(basename(path));
  cpSync(from, to, { recursive: true, dereference: true, filter });
}

function hatch(
  settings: DistSettings,
  sources: string,
  kind: "wheel" | "sdist",
  into: string,
  environment: Readonly<Record<string, string>> = {},
): void {
  const python = join(settings.repository, ".cache/python-build/bin/python");
  if (!existsSync(python)) throw new Error(`There is no ${python}: make dist-python installs it.`);
  const { success, stdout, stderr } = Bun.spawnSync([python, "-m", "hatchling", "build", "-t", kind, "-d", into], {
    cwd: sources,
    env: {
      ...process.env,
      ...environment,
      TOKLIGENCE_PYTHON_VERSION: pythonVersion(settings.version),
      SOURCE_DATE_EPOCH: String(Math.floor(Date.parse(settings.builtAt || "2020-02-02") / 1000)),
    },
  });
  if (!success) throw new Error(`hatchling could not build ${sources}:\n${stdout}${stderr}`);
}

await runDist(distPython);

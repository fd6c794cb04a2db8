/**
 * Packs `tokligence` and a package for each chosen target into `dist/npm`, as `npm publish FILE` takes them. The executables
 * come from `dist/go`. The same executables give the same bytes.
 */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { artefactText } from "./artefact-text.ts";
import { builtExecutable, type DistSettings } from "./dist-settings.ts";
import { madeWhole } from "./made-whole.ts";
import { mainManifest, type NpmManifest, platformManifest } from "./npm-packages.ts";
import { npmVersion } from "./npm-version.ts";
import { runDist } from "./run-dist.ts";
import type { Target } from "./targets.ts";

/** A package before it is packed. */
interface Package {
  readonly manifest: NpmManifest;
  /** Where each file is, by its path in the package. */
  readonly files: Readonly<Record<string, string>>;
  /** The one of them that is run. */
  readonly program: string;
}

function mainPackage({ repository }: DistSettings, version: string): Package {
  const program = "bin/tokligence.cjs";
  return {
    manifest: mainManifest(version),
    program,
    files: {
      [program]: join(repository, "packaging/npm/tokligence.cjs"),
      "man/tokligence.1": join(repository, "packaging/man/tokligence.1"),
      "README.md": join(repository, "packaging/npm/README.md"),
      LICENSE: join(repository, "LICENSE"),
    },
  };
}

function platformPackage(settings: DistSettings, target: Target, version: string): Package {
  const program = `bin/${target.program}`;
  return {
    manifest: platformManifest(target, version),
    program,
    files: {
      [program]: builtExecutable(settings, target),
      LICENSE: join(settings.repository, "LICENSE"),
      THIRD_PARTY_LICENSES: join(settings.repository, "THIRD_PARTY_LICENSES"),
    },
  };
}

/** Writes the package below a folder of its own, has npm pack it, and returns the name of the archive. */
function pack({ manifest, files, program }: Package, folder: string): string {
  const stage = mkdtempSync(join(tmpdir(), "tokligence-npm-"));
  try {
    for (const [path, from] of Object.entries(files)) {
      mkdirSync(dirname(join(stage, path)), { recursive: true });
      copyFileSync(from, join(stage, path));
      chmodSync(join(stage, path), path === program ? 0o755 : 0o644);
    }
    writeFileSync(join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o644 });
    const words = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
    const { success, stdout } = Bun.spawnSync(words, { cwd: stage, stderr: "inherit" });
    if (!success) throw new Error(`npm pack of ${manifest.name} failed.`);
    return stdout.toString().trim();
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

await runDist((settings) => {
  const version = npmVersion(settings.version);
  const folder = join(settings.folder, "npm");
  const packages = [
    mainPackage(settings, version),
    ...settings.targets.map((each) => platformPackage(settings, each, version)),
  ];
  const packed = madeWhole(folder, (unfinished) =>
    packages.map((each) => ({ name: each.manifest.name, archive: pack(each, unfinished) })),
  );
  for (const { name, archive } of packed) {
    process.stdout.write(`${name} ${version}, ${artefactText(settings, join(folder, archive))}\n`);
  }
});

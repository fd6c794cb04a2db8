/** Bun's own executables for other machines than this one, which a compiled program begins with. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { lockedPackages } from "./locked-packages.ts";

/** Puts the archive of a package (`name@version`) into a folder and returns its path. */
export type Packer = (specifier: string, folder: string) => string;

/** The npm package that holds Bun for a target of its compiler: `bun-linux-arm64-musl` is in `@oven/bun-linux-aarch64-musl`. */
export function packageOf(target: string): string {
  return `@oven/${target.replace("-arm64", "-aarch64")}`;
}

/**
 * The path of Bun's executable for a target, fetched by npm where it is not below `cache` yet. Throws if package-lock.json
 * of `repository` does not name the package, or if what comes has another digest.
 */
export function bunExecutable(repository: string, target: string, cache: string, pack: Packer = npmPack): string {
  const name = packageOf(target);
  const { version, integrity } = lockedPackages(repository).locked(name);
  const program = target.includes("windows") ? "bun.exe" : "bun";
  const path = join(cache, version, target, program);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, "fetch-"));
  try {
    const archive = pack(`${name}@${version}`, scratch);
    const digest = `sha512-${new Bun.CryptoHasher("sha512").update(readFileSync(archive)).digest("base64")}`;
    if (digest !== integrity) throw new Error(`${name}@${version} is not what package-lock.json names: ${digest}`);
    run("tar", "-xzf", archive, "-C", scratch);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(join(scratch, "package", "bin", program), path);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return path;
}

function npmPack(specifier: string, folder: string): string {
  return join(folder, run("npm", "pack", specifier, "--silent", "--pack-destination", folder));
}

/** What it printed, without white space around it. */
function run(...command: [string, ...string[]]): string {
  const { success, stdout, stderr } = Bun.spawnSync(command, { stdout: "pipe", stderr: "pipe" });
  if (!success) throw new Error(`${command.join(" ")} failed: ${stderr.toString().trim()}`);
  return stdout.toString().trim();
}

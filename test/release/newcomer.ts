import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, ended } from "../harness/ended.ts";

const script = "packaging/install/install.sh";
/** What the installer may find on a machine, shells and loaders apart. */
const ordinary =
  "cat cut getconf grep gzip head id ldd mkdir mktemp mv openssl rm sed sha256sum sh sleep sysctl tar tr uname xz".split(
    " ",
  );

/** Somebody who runs install.sh: an empty home, and a PATH with as much on it as is said. */
export class Newcomer implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), "newcomer-"));
  readonly home = join(this.#root, "home");
  readonly #bin = join(this.#root, "bin");
  readonly folder = join(this.home, ".local/bin");
  readonly installed = join(this.folder, "tokligence");
  readonly #releases: string;

  /** With these programs on PATH; with `busybox` alone, all that it holds, as on Alpine. */
  constructor(releases: string, programs: readonly string[] = [...ordinary, "curl"]) {
    this.#releases = releases;
    mkdirSync(this.home);
    mkdirSync(this.#bin);
    const busybox = Bun.which("busybox") ?? "";
    const isBusybox = programs.length === 1 && programs[0] === "busybox";
    const names = isBusybox ? Bun.spawnSync([busybox, "--list"]).stdout.toString().trim().split("\n") : programs;
    for (const name of names) symlinkSync(isBusybox ? busybox : (Bun.which(name) ?? "/none"), join(this.#bin, name));
    // Tests may run as root.
    this.pretend("id", "echo 1000");
  }

  /** The same with a program less. */
  static without(releases: string, ...missing: readonly string[]): Newcomer {
    return new Newcomer(
      releases,
      [...ordinary, "curl"].filter((name) => !missing.includes(name)),
    );
  }

  /** Puts lines of shell in the place of a program. */
  pretend(program: string, lines: string): void {
    const path = join(this.#bin, program);
    rmSync(path, { force: true });
    writeFileSync(path, `#!/bin/sh\n${lines}\n`);
    chmodSync(path, 0o755);
  }

  /** Puts an executable where the installer puts its own. */
  owns(text: string): void {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.installed, text, { mode: 0o755 });
  }

  /** Every file and folder below the home, by path from there. */
  files(): string[] {
    return readdirSync(this.home, { recursive: true }).map(String).toSorted();
  }

  /** Starts a command, alone in a process group, with the releases for an address. */
  start(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    return Bun.spawn([...command], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: this.home,
      detached: true,
      env: {
        PATH: this.#bin,
        HOME: this.home,
        TOKLIGENCE_RELEASES: this.#releases,
        ...environment,
      },
    });
  }

  /** Runs install.sh by a shell. */
  async install(environment: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return await ended(this.start(["/usr/bin/dash", join(process.cwd(), script)], environment));
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** The text of install.sh. */
export function installer(): string {
  return readFileSync(script, "utf8");
}

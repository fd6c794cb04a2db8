import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";

/** What the service runs as: nobody. */
const userId = 65534;
const isRoot = process.getuid?.() === 0;

/** How a command ended. */
export interface Ended {
  readonly exitCode: number;
  readonly said: string;
}

/**
 * A machine that has nothing but the packages put into it and systemd, whose `systemctl` only takes down what it is asked.
 * Package managers write below its folder; programs run with that as their root, and the libraries of this machine.
 */
export class PackageRoot implements Disposable {
  readonly #scratch = mkdtempSync(join(tmpdir(), "package-root-"));
  readonly folder = join(this.#scratch, "root");
  readonly #asked = join(this.#scratch, "asked");

  constructor() {
    const tools = join(this.#scratch, "bin");
    for (const path of [
      tools,
      ...["run/systemd/system", "var/lib/dpkg/info", "var/lib/dpkg/updates", "usr"].map((each) => this.path(each)),
    ]) {
      mkdirSync(path, { recursive: true });
    }
    for (const name of ["lib", "lib64"]) symlinkSync(`usr/${name}`, this.path(name));
    writeFileSync(this.path("var/lib/dpkg/status"), "");
    writeFileSync(join(tools, "systemctl"), `#!/bin/sh\necho "$@" >>${this.#asked}\n`);
    chmodSync(join(tools, "systemctl"), 0o755);
  }

  [Symbol.dispose](): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  path(below: string): string {
    return join(this.folder, below);
  }

  has(below: string): boolean {
    return existsSync(this.path(below));
  }

  read(below: string): string {
    return readFileSync(this.path(below), "utf8");
  }

  /** What systemctl was asked since the last time. */
  asked(): readonly string[] {
    const lines = existsSync(this.#asked) ? readFileSync(this.#asked, "utf8").trimEnd().split("\n") : [];
    rmSync(this.#asked, { force: true });
    return lines;
  }

  /** Runs dpkg on it; what packages depend on is this machine's, which dpkg is not told. */
  dpkg(...words: string[]): Ended {
    const common = [`--root=${this.folder}`, "--force-script-chrootless", "--force-depends", "--force-confdef"];
    return this.#run(["dpkg", ...common, ...words]);
  }

  /** Runs rpm on it. Its scripts want a shell in there, and run by themselves: see `script`. */
  rpm(...words: string[]): Ended {
    return this.#run(["rpm", "--root", this.folder, "--nodeps", "--noscripts", ...words]);
  }

  /** Runs a script of a package as a package manager does. */
  script(path: string, ...words: string[]): Ended {
    return this.#run(["sh", path, ...words]);
  }

  /** Starts its program as the service does: as nobody, who may write the state directory alone. Ended it ends at once. */
  start(...words: string[]): Subprocess<"ignore", "pipe", "pipe"> {
    const state = this.path("var/lib/tokligence");
    mkdirSync(state, { recursive: true });
    if (isRoot) Bun.spawnSync(["chown", `${userId}:${userId}`, state]);
    const become = ["/usr/bin/setpriv", `--reuid=${userId}`, `--regid=${userId}`, "--clear-groups", "--no-new-privs"];
    return Bun.spawn(
      [
        ...["bwrap", "--bind", this.folder, "/", "--ro-bind", "/usr/lib", "/usr/lib"],
        // In there the unit is that of the package, not one of this machine.
        ...["--ro-bind-try", this.path("usr/lib/systemd"), "/usr/lib/systemd"],
        ...["--ro-bind-try", "/usr/lib64", "/usr/lib64", "--ro-bind", "/usr/bin/setpriv", "/usr/bin/setpriv"],
        ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--unshare-pid", "--die-with-parent"],
        ...["--clearenv", "--setenv", "HOME", "/", "--", ...(isRoot ? become : []), "/usr/bin/tokligence", ...words],
      ],
      { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    );
  }

  #run(words: readonly string[]): Ended {
    // Owners are root's, which nobody else may make them outside of a user namespace.
    const { exitCode, stdout, stderr } = Bun.spawnSync([...(isRoot ? [] : ["unshare", "-r"]), ...words], {
      env: {
        ...process.env,
        PATH: `${join(this.#scratch, "bin")}:${process.env["PATH"] ?? ""}`,
        DPKG_ROOT: this.folder,
      },
      stdin: "ignore",
    });
    return { exitCode, said: `${stdout}${stderr}` };
  }
}

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { distSettings } from "../../scripts/dist/dist-settings.ts";

/** Where `make dist-python` leaves its wheels; throws with the line to type where there are none. */
export function wheelFolder(): string {
  const folder = join(distSettings(process.env).folder, "python/wheels");
  if (!existsSync(folder)) throw new Error(`There is no ${folder}: make dist-python DIST_TARGETS=host`);
  return folder;
}

/** A fresh virtual environment that installs our wheels and nothing from a network; `using` removes it. */
export class PythonEnvironment implements Disposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<PythonEnvironment> {
    const environment = new PythonEnvironment(mkdtempSync(join(tmpdir(), "python-")));
    await Bun.$`python3 -m venv ${environment.folder}`.quiet();
    return environment;
  }

  /** A program of the environment. */
  program(name: string): string {
    return join(this.folder, "bin", name);
  }

  /** Installs what these requirements name, from our wheels alone; rejects with what pip says. */
  async install(...requirements: readonly string[]): Promise<void> {
    const { exitCode, stderr } =
      await Bun.$`${this.program("pip")} install --no-index --find-links ${wheelFolder()} ${requirements}`
        .nothrow()
        .quiet();
    if (exitCode !== 0) throw new Error(stderr.toString());
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

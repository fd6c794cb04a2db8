import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, ended } from "../harness/ended.ts";

/** What `container` starts. */
export interface ContainerStart {
  readonly name: string;
  /** Flags of `podman run` before the image. */
  readonly flags: readonly string[];
  /** The command; the image's own when left out. */
  readonly words?: readonly string[];
  /** Returns as soon as it runs. */
  readonly detached?: boolean;
  /** This machine's, so that ports need no privilege, unless it is to have none. */
  readonly network?: "host" | "none";
}

/** Podman and Buildah with a store of their own, which `await using` removes with everything that still runs. */
export class ContainerEngine implements AsyncDisposable {
  readonly scratch: string = mkdtempSync(join(tmpdir(), "containers-"));
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor() {
    const settings = join(this.scratch, "storage.conf");
    writeFileSync(
      settings,
      `[storage]\ndriver = "vfs"\ngraphroot = "${this.scratch}/store"\nrunroot = "${this.scratch}/run"\n`,
    );
    // Without an isolation of its own Buildah runs where containers are forbidden.
    this.#environment = { ...process.env, CONTAINERS_STORAGE_CONF: settings, BUILDAH_ISOLATION: "chroot" };
  }

  /** Runs a program that builds or runs containers in this store. */
  async run(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    const child = Bun.spawn([...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...this.#environment, ...environment },
      timeout: 120_000,
    });
    return await ended(child);
  }

  /** The output of a command that must end well; rejects with what it said. */
  async output(...words: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(words);
    if (exitCode !== 0) throw new Error(`${words.join(" ")} ended with ${exitCode}.\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Podman on runc: a process of its own namespaces. */
  async podman(...words: readonly string[]): Promise<CommandResult> {
    const own = ["--runtime=runc", "--cgroup-manager=cgroupfs", `--tmpdir=${this.scratch}/podman`];
    return await this.run(["podman", ...own, ...words]);
  }

  /** Runs a container as docs/containers.md advises: read-only, without capabilities. */
  async container(
    image: string,
    { name, flags, words = [], detached, network = "host" }: ContainerStart,
  ): Promise<CommandResult> {
    const strict = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"];
    // Raising a limit needs a privilege that this machine may not have itself.
    const limits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"];
    const way = ["--pull=never", `--network=${network}`, `--name=${name}`, detached === true ? "--detach" : "--rm"];
    return await this.podman("run", ...way, ...strict, ...limits, ...flags, image, ...words);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (existsSync(join(this.scratch, "store"))) await this.podman("rm", "--all", "--force", "--time=0");
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

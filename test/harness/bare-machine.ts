import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { type CommandResult, ended } from "./ended.ts";
import { eventually } from "./eventually.ts";
import { binaryProgram } from "./gateway-process.ts";

/** What a start of the executable may differ in. */
export interface BareStart {
  readonly environment?: Readonly<Record<string, string>>;
  /** Another name to call it by, made as a symbolic link. */
  readonly calledAs?: string;
}

/** A server that says it is ready. */
export interface BareServer {
  readonly pid: number;
  /** Everything it has printed on standard output so far. */
  stdout(): string;
  stderr(): string;
  /** Sends SIGTERM; the exit code. */
  stop(): Promise<number>;
}

/** A user who has just got the executable: an empty home, an empty working directory, and next to no environment. */
export class BareMachine implements AsyncDisposable {
  readonly #root: string = mkdtempSync(join(tmpdir(), "bare-"));
  readonly #running: Subprocess[] = [];
  readonly home: string = join(this.#root, "home");
  /** Where commands are started. */
  readonly directory: string = join(this.#root, "directory");

  constructor() {
    mkdirSync(this.home);
    mkdirSync(this.directory);
  }

  /** Every file below the home, by path from there. */
  homeFiles(): string[] {
    return readdirSync(this.home, { recursive: true }).map(String).toSorted();
  }

  /** Puts a file into the working directory and returns its path. */
  write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs a command to its end. */
  async run(words: readonly string[], start: BareStart = {}): Promise<CommandResult> {
    return await ended(this.#spawn([this.#program(start), ...words], start));
  }

  /** Runs lines as a shell would that they were pasted into. */
  async shell(lines: string): Promise<CommandResult> {
    return await ended(this.#spawn(["sh", "-c", lines], {}));
  }

  /** Runs a command that serves, until its banner is complete. */
  async serve(words: readonly string[], start: BareStart = {}): Promise<BareServer> {
    const child = this.#spawn([this.#program(start), ...words], start);
    const text = { stdout: "", stderr: "" };
    const kept = Promise.all([
      keep(child.stdout, (part) => (text.stdout += part)),
      keep(child.stderr, (part) => (text.stderr += part)),
    ]);
    await eventually("the banner", () => text.stdout.includes("Stop with") || child.exitCode !== null, 10_000);
    if (child.exitCode !== null) throw new Error(`It did not start.\n${text.stdout}${text.stderr}`);
    return {
      pid: child.pid,
      stdout: () => text.stdout,
      stderr: () => text.stderr,
      async stop() {
        child.kill("SIGTERM");
        await kept;
        return await child.exited;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) child.kill("SIGKILL");
    await Promise.all(this.#running.map((child) => child.exited));
    rmSync(this.#root, { recursive: true, force: true });
  }

  #program({ calledAs }: BareStart): string {
    const [program = ""] = binaryProgram;
    if (calledAs === undefined) return program;
    const link = join(this.#root, calledAs);
    symlinkSync(program, link);
    return link;
  }

  #spawn(command: string[], { environment }: BareStart): Subprocess<"ignore", "pipe", "pipe"> {
    const child = Bun.spawn(command, {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: this.directory,
      env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: this.home, ...environment },
    });
    this.#running.push(child);
    return child;
  }
}

async function keep(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of stream) add(decoder.decode(bytes, { stream: true }));
}

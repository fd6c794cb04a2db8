import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Subprocess } from "bun";
import { type CommandResult, ended } from "./ended.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";

/** The program as a developer runs it. */
export const sourceProgram: readonly string[] = [process.execPath, resolve("src/main.ts")];
/** The compiled executable; `make build` makes it. */
export const binaryProgram: readonly string[] = [resolve("dist/tokligence")];

export interface GatewayOptions {
  readonly program?: readonly string[];
  /** Text of `dev/gateway.ini`, without `host` and `port`. */
  readonly configuration?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
  /** PEM of the authority behind its certificate, when the configuration serves TLS. */
  readonly authority?: string;
  /** Where it is started; the directory of the tests when left out. */
  readonly workingDirectory?: string;
  /** A process whose directory and port it uses, to take over from it; that one removes the directory. */
  readonly beside?: GatewayProcess;
}

/** A configuration directory of its own with the commands that use it; `await using` removes both. */
export class GatewayProcess implements AsyncDisposable {
  readonly configDir: string;
  readonly port: number;
  readonly url: string;
  readonly #options: GatewayOptions;
  #process: Subprocess<"ignore", "pipe", "pipe"> | undefined;
  #output: Promise<unknown> = Promise.resolve();
  /** How much earlier starts have printed. */
  #printedBefore = 0;
  stdout = "";
  stderr = "";

  constructor(options: GatewayOptions = {}) {
    this.#options = options;
    this.configDir = options.beside?.configDir ?? mkdtempSync(join(tmpdir(), "tokligence-"));
    this.port = options.beside?.port ?? freePort();
    this.url = options.authority === undefined ? `http://127.0.0.1:${this.port}` : `https://localhost:${this.port}`;
    if (options.beside === undefined) this.write("dev/gateway.ini", options.configuration ?? "");
  }

  /** Runs `serve` and waits until it says where it listens and `/readyz` says 200; rejects with the output if it ends first or takes `deadlineMs`. */
  static async start(options: GatewayOptions = {}, deadlineMs = 20_000): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(options);
    await gateway.serve(deadlineMs);
    return gateway;
  }

  async serve(deadlineMs = 20_000): Promise<void> {
    this.spawn();
    try {
      await eventually("/readyz answers 200", () => this.#ready(), deadlineMs);
    } catch (error) {
      await this.stop("SIGKILL");
      throw new Error(`The gateway did not start.\n${this.stdout}${this.stderr}`, { cause: error });
    }
  }

  /** Starts `serve` without waiting for it. */
  spawn(): Subprocess<"ignore", "pipe", "pipe"> {
    const child = this.#run(["serve", "--config-dir", this.configDir, ...(this.#options.arguments ?? [])]);
    this.#process = child;
    this.#printedBefore = this.stdout.length;
    const keep = async (stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const bytes of stream) add(decoder.decode(bytes, { stream: true }));
    };
    this.#output = Promise.all([
      keep(child.stdout, (text) => {
        this.stdout += text;
      }),
      keep(child.stderr, (text) => {
        this.stderr += text;
      }),
    ]);
    return child;
  }

  get pid(): number {
    if (this.#process === undefined) throw new Error("The gateway is not running.");
    return this.#process.pid;
  }

  /** Sends the signal and waits for the end; the exit code, or 128 + signal number. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    this.#process?.kill(signal);
    return await this.exited();
  }

  /** Waits for the end of `serve` and of its output; 0 if it never ran. */
  async exited(): Promise<number> {
    const code = (await this.#process?.exited) ?? 0;
    await this.#output;
    return code;
  }

  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Runs another command on the same configuration directory. */
  async cli(...words: readonly string[]): Promise<CommandResult> {
    return await ended(this.#run([...words, "--config-dir", this.configDir]));
  }

  /** A new user's new API key. */
  async createKey(email = "ada@example.com"): Promise<string> {
    await this.cli("user", "create", email);
    const made = await this.cli("apikey", "create", email, "--name", "test", "--json");
    if (made.exitCode !== 0) throw new Error(made.stdout + made.stderr);
    return (JSON.parse(made.stdout) as { key: string }).key;
  }

  /** Writes a file of the configuration directory, mode 0600. */
  write(name: string, text: string): void {
    const path = join(this.configDir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    if (this.#options.beside === undefined) rmSync(this.configDir, { recursive: true, force: true });
  }

  #run(words: readonly string[]): Subprocess<"ignore", "pipe", "pipe"> {
    return Bun.spawn([...(this.#options.program ?? sourceProgram), ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: this.#options.workingDirectory ?? process.cwd(),
      env: {
        PATH: process.env.PATH ?? "",
        HOME: this.configDir,
        TOKLIGENCE_ENV: "dev",
        TOKLIGENCE_GATEWAY_PORT: String(this.port),
        ...this.#options.environment,
      },
    });
  }

  async #ready(): Promise<boolean> {
    const hasEnded =
      this.#process === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null;
    if (hasEnded) throw new Error("It ended.");
    // Its own word first: at its port somebody else may answer.
    if (!this.stdout.includes("listens on", this.#printedBefore)) return false;
    const { authority } = this.#options;
    return await fetch(`${this.url}/readyz`, authority === undefined ? {} : { tls: { ca: authority } }).then(
      (answer) => answer.ok,
      () => false,
    );
  }
}

import type { Subprocess } from "bun";
import { eventually } from "./eventually.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are steered by them.
const cursorMove = /\u001b\[[\d;]*[A-Hf]/g;

const mostLooksAfterEnd = 100;

/** A command on a terminal of 80 columns and 24 lines. `await using` ends it. */
export class TerminalProcess implements AsyncDisposable {
  readonly #child: Subprocess;
  readonly #terminal: Bun.Terminal;
  #written = "";
  #read = 0;

  constructor(command: readonly string[], environment: Readonly<Record<string, string>>) {
    const decoder = new TextDecoder();
    this.#terminal = new Bun.Terminal({
      cols: 80,
      rows: 24,
      data: (_terminal, bytes) => {
        this.#written += decoder.decode(bytes, { stream: true });
      },
    });
    this.#child = Bun.spawn([...command], {
      terminal: this.#terminal,
      env: { PATH: process.env.PATH ?? "", TERM: "xterm-256color", ...environment },
    });
  }

  /** All that was written so far, a line for each place that the cursor was put to, without what steers the terminal. */
  get text(): string {
    return Bun.stripANSI(this.#written.replace(cursorMove, "\n")).replaceAll("\r", "");
  }

  /** Waits for words that were not waited for before, then types. */
  async answer(words: string, typed: string): Promise<void> {
    await this.sees(words);
    this.#terminal.write(typed);
  }

  /** Waits for words behind those that were waited for before. */
  async sees(words: string): Promise<void> {
    let looksAfterEnd = 0;
    const at = await eventually(
      `"${words}" on the terminal`,
      () => {
        const found = this.text.indexOf(words, this.#read);
        // What was written last may be read after the end is known.
        if (found < 0 && this.#child.exitCode !== null) looksAfterEnd += 1;
        if (looksAfterEnd > mostLooksAfterEnd) throw new Error(`It ended.\n${this.text}`);
        return found < 0 ? undefined : found + 1;
      },
      30_000,
    );
    this.#read = at - 1 + words.length;
  }

  /** Waits for the end; the exit code. */
  async exited(): Promise<number> {
    return await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    this.#terminal.close();
  }
}

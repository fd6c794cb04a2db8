import { close, constants, fstat, open, type Stats, write } from "node:fs";
import { realpath, rename, rm, stat } from "node:fs/promises";
import type { Clock } from "#core/effects/clock.ts";
import { describeLostLines, type LineStream } from "#platform/line-writer.ts";

/** Where a log is kept and how much of it. */
export interface LogFileOptions {
  readonly path: string;
  /** A file that would pass this is put aside, and a new one begun. */
  readonly maxBytes: number;
  /** How many files there are at most, the one that is written included. */
  readonly maxFiles: number;
}

/** How often it is looked whether somebody has moved the file away, and how long after a failure it is tried again. */
const lookMs = 1000;

/**
 * A log in a file of mode 0600: `path`, and beside it `path.1` (the newest of the old ones) and so on. Nobody waits for the disk:
 * text is written one piece after the other, and what cannot be written is lost. A file that was moved away (logrotate) is opened
 * anew, at the latest a second later, or at once on `reopen`.
 */
export class LogFile implements LineStream {
  readonly #options: LogFileOptions;
  readonly #clock: Pick<Clock, "monotonic">;
  #descriptor: number | undefined;
  /** False for what cannot be put aside: a device, or a pipe. */
  #isFile = false;
  #bytes = 0;
  #endsInLine = false;
  #lostLines = 0;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #waiting: { readonly text: string; readonly done: () => void }[] = [];
  #running: Promise<void> | undefined;

  constructor(options: LogFileOptions, clock: Pick<Clock, "monotonic">) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Takes text to be written; `done` is called when it was, or was lost. */
  write(text: string, done: () => void): void {
    this.#waiting.push({ text, done });
    this.#running ??= this.#writeAll();
  }

  /** Before the next line it is looked whether the file is still where it was. */
  reopen(): void {
    this.#lookedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Resolves when everything taken so far was written or lost. */
  async flush(): Promise<void> {
    await this.#running;
  }

  /** The same, and the file is closed; a later line opens it again. */
  async close(): Promise<void> {
    await this.flush();
    this.reopen();
    await this.#close();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const pieces = this.#waiting;
      this.#waiting = [];
      const text = pieces.map((piece) => piece.text).join("");
      const wasWritten = await this.#append(text).catch(() => false);
      if (wasWritten) this.#lostLines = 0;
      else await this.#lose(text);
      for (const { done } of pieces) done();
    }
    this.#running = undefined;
  }

  /** Whether all of it is in the file. */
  async #append(text: string): Promise<boolean> {
    await this.#look();
    const told = this.#lostLines > 0 ? describeLostLines(this.#lostLines) : "";
    const bytes = Buffer.from(`${this.#endsInLine ? "\n" : ""}${told}${text}`);
    if (this.#isFull(bytes.length)) {
      // Another process that writes here, as in a takeover, may have put it aside already.
      this.reopen();
      await this.#look();
      if (this.#isFull(bytes.length)) await this.#rotate();
    }
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return false;
    const written = await asked<number>((done) => write(descriptor, bytes, 0, bytes.length, null, done));
    this.#bytes += written;
    // A disk that is full takes a part.
    this.#endsInLine = written < bytes.length;
    return !this.#endsInLine;
  }

  #isFull(more: number): boolean {
    return this.#isFile && this.#bytes > 0 && this.#bytes + more > this.#options.maxBytes;
  }

  async #lose(text: string): Promise<void> {
    this.#lostLines += text.split("\n").length - 1;
    await this.#close();
  }

  /** Opens the file where none is open, or another one lies in its place. */
  async #look(): Promise<void> {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#lookedAtMs < lookMs) return;
    this.#lookedAtMs = nowMs;
    const descriptor = this.#descriptor;
    if (descriptor !== undefined) {
      const ours = await asked<Stats>((done) => fstat(descriptor, done));
      const there = await stat(this.#options.path).catch(() => undefined);
      if (there !== undefined && there.ino === ours.ino && there.dev === ours.dev) {
        this.#bytes = ours.size;
        return;
      }
    }
    await this.#open();
  }

  async #open(): Promise<void> {
    await this.#close();
    const { O_APPEND, O_CREAT, O_WRONLY } = constants;
    const descriptor = await asked<number>((done) =>
      open(this.#options.path, O_APPEND | O_CREAT | O_WRONLY, 0o600, done),
    );
    const found = await asked<Stats>((done) => fstat(descriptor, done));
    this.#isFile = found.isFile();
    this.#bytes = found.size;
    this.#endsInLine &&= this.#bytes > 0;
    this.#descriptor = descriptor;
  }

  /** What cannot be put aside, such as files of somebody else, is written on. */
  async #rotate(): Promise<void> {
    // Behind a link it is the file that moves.
    const path = await realpath(this.#options.path);
    const names = [path, ...Array.from({ length: this.#options.maxFiles - 1 }, (_, index) => `${path}.${index + 1}`)];
    if (names.length === 1) await rm(path).catch(() => undefined);
    for (let older = await freeOf(names); older > 0; older -= 1) {
      await rename(names[older - 1] ?? path, names[older] ?? path).catch(() => undefined);
    }
    await this.#open();
  }

  async #close(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await asked<void>((done) => close(descriptor, done)).catch(() => undefined);
  }
}

/** The first name without a file, else the last one. Only so far files move: were all to, a newest that cannot would push them out. */
async function freeOf(names: readonly string[]): Promise<number> {
  for (const [index, name] of names.entries()) {
    if (index > 0 && (await stat(name).catch(() => undefined)) === undefined) return index;
  }
  return names.length - 1;
}

/**
 * What an operation on a descriptor comes to. Handles of `node:fs/promises` would do, but one that is collected before it was closed is
 * an error that nobody can catch.
 */
function asked<Value>(ask: (done: (error: Error | null, value?: Value) => void) => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    ask((error, value) => (error ? reject(error) : resolve(value as Value)));
  });
}

import { statSync } from "node:fs";
import { GatewayError } from "#core/errors.ts";
import { systemCode } from "#platform/system-code.ts";
import { refuseBlockers } from "#settings/load.ts";
import type { LoadedSettings } from "#settings/loaded.ts";
import { readTextFile } from "#settings/read-text-file.ts";

/** The text of a file, undefined when there is none. */
export type ReadFile = (path: string) => string | undefined;

/** Files as a source reads them. */
export interface SourceFiles {
  readonly read: ReadFile;
  /** What a file is told by without reading it, as text; `absent` where there is none. */
  readonly signatureOf: (path: string) => string;
}

/** Where a configuration is read from, again and again: it knows which files the last reading asked for, and how they were then. */
export class ConfigurationSource {
  readonly #load: (readFile: ReadFile) => LoadedSettings;
  readonly #files: SourceFiles;
  #seen = new Map<string, string>();
  /** Files that say something: in the reading under way, and in the last one without a problem. */
  #speaking = new Set<string>();
  #spoke: ReadonlySet<string> = new Set();
  #last: LoadedSettings | undefined;

  /** `load` reads files by `readFile` alone. */
  constructor(load: (readFile: ReadFile) => LoadedSettings, files: SourceFiles = systemFiles) {
    this.#load = load;
    this.#files = files;
  }

  /** What was last read without a problem; undefined before. */
  get last(): LoadedSettings | undefined {
    return this.#last;
  }

  /** Files that were looked for, whether they are there or not. */
  get files(): readonly string[] {
    return [...this.#seen.keys()].sort();
  }

  /**
   * Reads everything anew. Throws `config_invalid` with every problem, blockers included; the files of the reading before are
   * looked at still, since the one that failed may not have come to all of them. With `gone` refused, files that said something
   * when all was well and say nothing now are problems too, unless nobody asks for them any more.
   */
  load(gone: "taken" | "refused" = "taken"): LoadedSettings {
    const before = this.#seen;
    this.#seen = new Map();
    this.#speaking = new Set();
    try {
      const loaded = this.#load(this.readFile);
      refuseBlockers(loaded);
      if (gone === "refused") this.#refuseGone();
      this.#spoke = this.#speaking;
      this.#last = loaded;
      return loaded;
    } catch (thrown) {
      for (const path of before.keys()) this.#see(path);
      throw thrown;
    }
  }

  /** Reads a file that belongs to the configuration. */
  readonly readFile: ReadFile = (path) => {
    this.#see(path);
    const text = this.#files.read(path);
    if (text !== undefined && text.trim() !== "") this.#speaking.add(path);
    return text;
  };

  /** How its files are now; undefined while they are as they were when they were read. */
  change(): string | undefined {
    const now = [...this.#seen.keys()].map((path) => this.#files.signatureOf(path)).join("\n");
    return now === [...this.#seen.values()].join("\n") ? undefined : now;
  }

  /** Without its files a configuration is the built-in one: nobody who moves a file for a moment, or whose disk is full, means that. */
  #refuseGone(): void {
    const silent = [...this.#spoke].filter((path) => this.#seen.has(path) && !this.#speaking.has(path));
    if (silent.length === 0) return;
    const lines = silent.map((path) => {
      const what = this.#seen.get(path) === absent ? "gone" : "empty";
      return `  ${path}: the file is ${what}; if that is meant, send SIGHUP`;
    });
    throw new GatewayError("config_invalid", ["files are gone:", ...lines].join("\n"));
  }

  /** Before the reading: a file that changes in between has then changed since. */
  #see(path: string): void {
    if (!this.#seen.has(path)) this.#seen.set(path, this.#files.signatureOf(path));
  }
}

/** The signature of no file. */
const absent = "absent";

const systemFiles: SourceFiles = {
  read: readTextFile,
  signatureOf(path) {
    try {
      // The time of the last change tells of owners and permissions too: a file that could not be read may be readable now.
      const { ctimeMs, mtimeMs, size, ino } = statSync(path);
      return `${ctimeMs} ${mtimeMs} ${size} ${ino}`;
    } catch (thrown) {
      // Reading it says what is wrong; here it is only another state than before.
      const code = systemCode(thrown);
      return code === "ENOENT" || code === "ENOTDIR" ? absent : code;
    }
  },
};

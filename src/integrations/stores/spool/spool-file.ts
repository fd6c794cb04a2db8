import { constants, existsSync } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DirectorySync } from "#core/effects/directory-sync.ts";
import { GatewayError } from "#core/errors.ts";
import type { LeftRows } from "#core/ledger/predecessor.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import type { Spool } from "#core/ledger/spool.ts";
import type { Part } from "#core/part.ts";
import { ReserveFile } from "#integrations/stores/spool/reserve-file.ts";
import { isDiskFull, toSpoolError } from "#integrations/stores/spool/spool-error.ts";
import { decodeLines, encodeLines } from "#integrations/stores/spool/spool-text.ts";

/** Where rows wait in the usual way, and where those of a process do that has given its data directory to another. */
export type SpoolName = "spool.jsonl" | "spool.handover.jsonl";

/** What the spool needs of an open file. */
export type SpoolHandle = Pick<FileHandle, "write" | "datasync" | "truncate" | "close">;

/** Where the spool lies and how much it keeps aside. */
export interface SpoolFileOptions {
  /** Where `spool.jsonl` and `spool.reserve` lie. */
  readonly directory: string;
  /** What is synced into a new file is lost with its name unless that lasts too. */
  readonly syncNames: DirectorySync;
  /** Space kept aside for a full disk, 64 MiB unless told otherwise. */
  readonly reserveBytes?: number;
  /** Opens or makes a file for reading and writing; the file system's own unless a test plays a full disk. */
  readonly openFile?: (path: string) => Promise<SpoolHandle>;
}

/**
 * The spool as a file of JSON lines, synced on every append. On a full disk it lives on its reserve. Start it before
 * the bookkeeper; `start` rejects with `storage_failed` or `storage_corrupt`.
 */
export class SpoolFile implements Spool, Part {
  readonly name = "spool";
  #path: string;
  readonly #directory: string;
  readonly #syncNames: DirectorySync;
  readonly #reserve: ReserveFile;
  readonly #openFile: (path: string) => Promise<SpoolHandle>;
  #file: SpoolHandle | undefined;
  #bytes = 0;
  #filling: Promise<void> = Promise.resolve();
  #stopping = new AbortController();

  constructor({ directory, syncNames, reserveBytes = 64 * 1024 * 1024, openFile = openOrMake }: SpoolFileOptions) {
    this.#syncNames = syncNames;
    this.#openFile = openFile;
    this.#directory = directory;
    this.#path = join(directory, "spool.jsonl");
    this.#reserve = new ReserveFile(join(directory, "spool.reserve"), reserveBytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  async start(): Promise<void> {
    this.#stopping = new AbortController();
    await this.#open(this.#path);
    this.#fillReserve();
  }

  async #open(path: string): Promise<void> {
    this.#path = path;
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      this.#file = await this.#openFile(path);
      this.#bytes = decodeLines(await readFile(path), path).bytes;
      await this.#cutTo(this.#bytes);
      this.#syncNames(this.#directory);
    } catch (thrown) {
      await this.stop();
      throw toSpoolError(thrown, path);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#filling;
    await this.#file?.close();
    this.#file = undefined;
  }

  /**
   * Goes on in another file of the directory; nothing may wait in this one, whose next owner it then is. Rejects with `storage_failed`
   * or `storage_corrupt`; then it stays where it was.
   */
  async moveTo(name: SpoolName): Promise<void> {
    const path = join(this.#directory, name);
    if (path === this.#path) return;
    const options = { directory: this.#directory, syncNames: this.#syncNames, openFile: this.#openFile };
    const [before, next] = [this.#file, new SpoolFile(options)];
    await next.#open(path);
    [this.#path, this.#file, this.#bytes] = [path, next.#file, next.#bytes];
    await before?.close();
  }

  async append(batch: readonly Settlement[]): Promise<void> {
    const lines = encodeLines(batch);
    while (!(await this.#written(lines))) {
      // The reserve gave way; there is room now.
    }
    this.#bytes += lines.length;
  }

  async read(): Promise<readonly Settlement[]> {
    try {
      return decodeLines(await readFile(this.#path), this.#path).settlements;
    } catch (thrown) {
      throw toSpoolError(thrown, this.#path);
    }
  }

  async clear(): Promise<void> {
    await this.#cutTo(0);
    this.#bytes = 0;
    this.#fillReserve();
  }

  /** True when the lines are on the disk; false when they are not, but the reserve made room to try again. */
  async #written(lines: Uint8Array): Promise<boolean> {
    const file = this.#opened();
    try {
      for (let done = 0; done < lines.length;) {
        done += (await file.write(lines, done, lines.length - done, this.#bytes + done)).bytesWritten;
      }
      await file.datasync();
      return true;
    } catch (thrown) {
      if (!isDiskFull(thrown)) throw toSpoolError(thrown, this.#path);
      await this.#cutTo(this.#bytes);
      if (await this.#reserve.release()) return false;
      throw toSpoolError(thrown, this.#path);
    }
  }

  async #cutTo(bytes: number): Promise<void> {
    const file = this.#opened();
    try {
      await file.truncate(bytes);
      await file.datasync();
    } catch (thrown) {
      throw toSpoolError(thrown, this.#path);
    }
  }

  #fillReserve(): void {
    // In the background: a start must not wait for it, and a disk that refuses it only makes the reserve smaller.
    this.#filling = this.#filling.then(() => this.#reserve.fill(this.#stopping.signal)).catch(() => {});
  }

  #opened(): SpoolHandle {
    if (this.#file !== undefined) return this.#file;
    throw new GatewayError("storage_failed", "The spool is not open.", { details: { reason: "closed" } });
  }
}

/** What a process that has ended left in a spool of the directory. */
export function leftSpool(directory: string, name: SpoolName, syncNames: DirectorySync): LeftRows {
  const path = join(directory, name);
  return {
    async rows() {
      if (!existsSync(path)) return [];
      try {
        return decodeLines(await readFile(path), path).settlements;
      } catch (thrown) {
        throw toSpoolError(thrown, path);
      }
    },
    async forget() {
      if (!existsSync(path)) return;
      await rm(path, { force: true });
      syncNames(directory);
    },
  };
}

function openOrMake(path: string): Promise<SpoolHandle> {
  return open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
}

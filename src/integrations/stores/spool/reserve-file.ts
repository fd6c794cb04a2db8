import { type FileHandle, open, statfs, truncate } from "node:fs/promises";
import { dirname } from "node:path";

const pieceBytes = 1024 * 1024;

/** Space kept for the day the disk is full: a file that only takes room and is cut shorter when room is needed. */
export class ReserveFile {
  readonly #path: string;
  readonly #wantedBytes: number;
  #bytes = 0;

  constructor(path: string, wantedBytes: number) {
    this.#path = path;
    this.#wantedBytes = wantedBytes;
  }

  /** Grows the file to what is wanted, but takes at most a sixteenth of the free space; keeps less when the disk refuses. */
  async fill(signal: AbortSignal): Promise<void> {
    const { bavail, bsize } = await statfs(dirname(this.#path));
    const file = await open(this.#path, "a", 0o600);
    try {
      this.#bytes = (await file.stat()).size;
      const target = Math.min(this.#wantedBytes, this.#bytes + Math.floor((bavail * bsize) / 16));
      await this.#grow(file, target, signal);
    } finally {
      await file.close();
    }
  }

  /** Gives a mebibyte back to the disk; false when nothing is left. Not all at once: others wait for space too. */
  async release(): Promise<boolean> {
    if (this.#bytes === 0) return false;
    this.#bytes = Math.max(0, this.#bytes - pieceBytes);
    await truncate(this.#path, this.#bytes);
    return true;
  }

  async #grow(file: FileHandle, target: number, signal: AbortSignal): Promise<void> {
    const piece = new Uint8Array(pieceBytes).fill(0x2e);
    while (this.#bytes < target && !signal.aborted) {
      const { bytesWritten } = await file.write(piece, 0, Math.min(pieceBytes, target - this.#bytes));
      this.#bytes += bytesWritten;
      // Piece by piece, so that no commit of the ledger has to wait for all of it to reach the disk.
      await file.datasync();
    }
  }
}

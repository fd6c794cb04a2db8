import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { GatewayError } from "#core/errors.ts";
import { prepareLocation } from "#integrations/stores/sqlite/location.ts";
import { storageError } from "#integrations/stores/sqlite/storage-error.ts";

/** A command holds the directory for a moment only; who comes meanwhile waits that long. */
const patienceMs = 2_000;

/**
 * Keeps a second daemon off a data directory. The lock is the kernel's, on `gateway.lock`: it ends with the process,
 * however that dies, so a stale one never needs removing.
 */
export class DirectoryLock {
  readonly #path: string;
  #held: Database | undefined;

  /** `name` is that of the file, for what else of the directory one process alone may do. */
  constructor(directory: string, name = "gateway.lock") {
    this.#path = join(directory, name);
  }

  /**
   * Takes the lock, or throws `unavailable` if another process keeps it for as long as this one is patient, which blocks;
   * `config_invalid` for an unusable place, `storage_failed` for a full or broken disk.
   */
  acquire(waitMs = patienceMs): void {
    if (this.#held !== undefined) return;
    prepareLocation(this.#path);
    let file: Database | undefined;
    try {
      file = new Database(this.#path, { readwrite: true });
      file.run(`PRAGMA busy_timeout = ${waitMs}`);
      // No journal file beside it: nothing is ever written, only locked.
      file.run("PRAGMA journal_mode = OFF");
      file.run("BEGIN EXCLUSIVE");
      this.#held = file;
    } catch (thrown) {
      file?.close();
      throw this.#refusal(thrown);
    }
  }

  /** Whether another process holds it now. */
  isElsewhere(): boolean {
    if (this.#held !== undefined || !existsSync(this.#path)) return false;
    try {
      this.acquire(0);
    } catch {
      return true;
    }
    this.release();
    return false;
  }

  /** Gives the lock back; safe to call twice or without `acquire`. */
  release(): void {
    this.#held?.close();
    this.#held = undefined;
  }

  #refusal(thrown: unknown): unknown {
    const failed = storageError(thrown, this.#path);
    if (!(failed instanceof GatewayError)) return thrown;
    const options = { cause: thrown, details: { path: this.#path } };
    const directory = dirname(this.#path);
    if (failed.code === "storage_corrupt") {
      return new GatewayError("config_invalid", `${this.#path} is in the way of the lock; move it away.`, options);
    }
    switch (failed.details["reason"]) {
      case "busy":
        return new GatewayError(
          "unavailable",
          `Another tokligence already works on ${directory}. Stop it, or give this one its own directory.`,
          options,
        );
      case "readonly":
        return new GatewayError("config_invalid", `${directory} cannot be written by this user.`, options);
      default:
        return failed;
    }
  }
}

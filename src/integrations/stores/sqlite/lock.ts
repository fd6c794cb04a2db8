import { Database, SQLiteError } from "bun:sqlite";
import { dirname, join } from "node:path";
import { GatewayError } from "#core/errors.ts";
import { prepareLocation } from "#integrations/stores/sqlite/location.ts";

/** A command holds the directory for a moment only; who comes meanwhile waits that long. */
const patienceMs = 2_000;

/**
 * Keeps a second daemon off a data directory. The lock is the kernel's, on `gateway.lock`: it ends with the process,
 * however that dies, so a stale one never needs removing.
 */
export class DirectoryLock {
  readonly #path: string;
  #held: Database | undefined;

  constructor(directory: string) {
    this.#path = join(directory, "gateway.lock");
  }

  /** Takes the lock, or throws `unavailable` if another process keeps it for two seconds, `config_invalid` for an unusable place. */
  acquire(): void {
    if (this.#held !== undefined) return;
    prepareLocation(this.#path);
    const file = new Database(this.#path, { readwrite: true });
    try {
      file.run(`PRAGMA busy_timeout = ${patienceMs}`);
      // No journal file beside it: nothing is ever written, only locked.
      file.run("PRAGMA journal_mode = OFF");
      file.run("BEGIN EXCLUSIVE");
    } catch (cause) {
      file.close();
      throw this.#refusal(cause);
    }
    this.#held = file;
  }

  /** Gives the lock back; safe to call twice or without `acquire`. */
  release(): void {
    this.#held?.close();
    this.#held = undefined;
  }

  #refusal(cause: unknown): unknown {
    if (!(cause instanceof SQLiteError) || cause.code?.startsWith("SQLITE_BUSY") !== true) return cause;
    return new GatewayError(
      "unavailable",
      `Another tokligence already works on ${dirname(this.#path)}. Stop it, or give this one its own directory.`,
      { cause, details: { path: this.#path } },
    );
  }
}

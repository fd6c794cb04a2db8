import type { Database } from "bun:sqlite";
import { GatewayError } from "#core/errors.ts";
import { storageError } from "#integrations/stores/sqlite/storage-error.ts";

/**
 * Runs work in write transactions. After the disk has failed one commit nothing is written any more: the page cache
 * may hold what the disk does not, so only a restart, which replays the log, can tell what is stored.
 */
export class Commits {
  readonly #database: Database;
  #failure: GatewayError | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * `work` as a function that commits durably before it returns, or changes nothing and throws `storage_failed` (with
   * `details.reason`, and `details.final` where nothing will be written until a restart), `storage_corrupt` or what `work`
   * itself threw.
   */
  durable<Input, Output>(work: (input: Input) => Output): (input: Input) => Output {
    const transaction = this.#database.transaction(work);
    return (input) => {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        return transaction.immediate(input);
      } catch (thrown) {
        throw this.#remember(storageError(thrown, this.#database.filename));
      }
    };
  }

  #remember(error: unknown): unknown {
    if (!(error instanceof GatewayError) || error.details.reason !== "io") return error;
    const { code, message, cause, details } = error;
    this.#failure = new GatewayError(code, message, { cause, details: { ...details, final: true } });
    return this.#failure;
  }
}

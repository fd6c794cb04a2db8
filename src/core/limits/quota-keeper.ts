import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import { causeText, toGatewayError } from "#core/errors.ts";
import type { QuotaStore } from "#core/limits/quota-store.ts";
import type { QuotaUsages } from "#core/limits/quota-usages.ts";
import type { Part } from "#core/part.ts";

/** What the keeper is built from. */
export interface QuotaKeeperParts {
  readonly usages: QuotaUsages;
  readonly store: QuotaStore;
  readonly clock: Clock;
  readonly log: Log;
}

const flushMs = 1000;

/**
 * Brings the usage of quotas into the store, at most once a second and at the end: a crash forgets a second of it. While
 * the store fails everything is kept in memory and tried again.
 */
export class QuotaKeeper implements Part {
  readonly name = "quotas";
  readonly #parts: QuotaKeeperParts;
  #disarm: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(parts: QuotaKeeperParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    this.#parts.usages.onChange(() => this.#arm());
    if (this.#parts.usages.unkept > 0) this.#arm();
  }

  /** Resolves when everything is in the store, or could not be. */
  async stop(): Promise<void> {
    this.#parts.usages.onChange(() => undefined);
    await this.#writing;
    this.#disarm?.();
    this.#disarm = undefined;
    await this.#flush();
  }

  #arm(): void {
    this.#disarm ??= this.#parts.clock.after(flushMs, () => {
      this.#writing = this.#flush().then(() => {
        this.#disarm = undefined;
        if (this.#parts.usages.unkept > 0) this.#arm();
      });
    });
  }

  async #flush(): Promise<void> {
    const { log, store, usages } = this.#parts;
    const changes = usages.takeChanges();
    if (changes.length === 0) return;
    try {
      await store.saveQuotaUsage(changes);
      if (this.#failing) log.info("quotas_kept_again", { keys: changes.length });
      this.#failing = false;
    } catch (thrown) {
      usages.putBack(changes);
      const error = toGatewayError(thrown);
      if (!this.#failing) log.warn("quotas_not_kept", { code: error.code, cause: causeText(error) });
      this.#failing = true;
    }
  }
}

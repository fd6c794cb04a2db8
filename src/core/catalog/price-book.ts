import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import { toGatewayError } from "#core/errors.ts";
import type { ChangeFeed } from "#core/feed.ts";
import type { Part } from "#core/part.ts";
import { layPrices } from "#core/catalog/laid-prices.ts";
import type { PriceList } from "#core/catalog/price.ts";
import type { PriceStore } from "#core/catalog/price-store.ts";

/** What the price book is kept with. */
export interface PriceBookParts {
  readonly store: Pick<PriceStore, "priceVersions">;
  readonly feed: Pick<ChangeFeed, "subscribe">;
  readonly embedded: PriceList;
  readonly clock: Pick<Clock, "after">;
  readonly log: Log;
}

const retryMs = 1_000;

/** The prices in force, in memory. A change anywhere is told by the feed and loaded at once. */
export class PriceBook implements Part {
  readonly name = "prices";
  readonly #parts: PriceBookParts;
  #current: PriceList;
  #loads: Promise<void> = Promise.resolve();
  #unsubscribe = (): void => {};
  #cancelRetry = (): void => {};
  #stopped = false;

  constructor(parts: PriceBookParts) {
    this.#parts = parts;
    this.#current = parts.embedded;
  }

  /** Rejects with `storage_failed` when the prices set here cannot be read: calls would be billed at others. */
  async start(): Promise<void> {
    this.#stopped = false;
    this.#unsubscribe = this.#parts.feed.subscribe("prices.changed", () => void this.#loadOrRetry());
    await this.reload();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#cancelRetry();
  }

  /** The list that is part of the program, beneath what was set here. */
  get embedded(): PriceList {
    return this.#parts.embedded;
  }

  /** Whoever bills a call keeps the list of the moment of its arrival. */
  current(): PriceList {
    return this.#current;
  }

  /** Resolves when every change stored until now is in force. Rejects with `storage_failed`; then the list stays. */
  reload(): Promise<void> {
    const loaded = this.#loads.then(() => this.#load());
    this.#loads = loaded.catch(() => {});
    return loaded;
  }

  async #load(): Promise<void> {
    this.#current = layPrices(this.#parts.embedded, await this.#parts.store.priceVersions());
  }

  async #loadOrRetry(): Promise<void> {
    this.#cancelRetry();
    try {
      await this.reload();
    } catch (error) {
      if (this.#stopped) return;
      const { code, message } = toGatewayError(error);
      this.#parts.log.error("prices_not_loaded", { code, message });
      this.#cancelRetry = this.#parts.clock.after(retryMs, () => void this.#loadOrRetry());
    }
  }
}

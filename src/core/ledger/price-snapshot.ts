import type { ListedPrice, PricedProvider } from "#core/catalog/price.ts";
import type { Usage } from "#core/chat/usage.ts";
import { costNanos, wholePrice } from "#core/ledger/money.ts";

/** Prices of one moment; undefined where a model has none. */
export interface Prices {
  find(model: string, provider: PricedProvider): KnownPrice | undefined;
}

/** A price, and the version of the list that it stands in. */
export type KnownPrice = Pick<ListedPrice, "price" | "version">;

/** What becomes of calls of a model without a price: served and shown as unpriced, refused, or served for nothing. */
export type UnpricedRule = "allow" | "deny" | "free";

/** What is settled about money for every call. */
export interface MoneyRules {
  readonly unpriced: UnpricedRule;
  /** The most that one call may cost, nano-dollars; what lies above is nobody's usage but a fault. Undefined for no bound. */
  readonly maxRequestNanos?: bigint;
}

/** What a usage costs, and under which version of the prices. */
export interface Cost {
  readonly nanos: bigint;
  readonly priceVersion: string;
}

const free: KnownPrice = { price: wholePrice({ input: 0n, output: 0n }), version: "free" };

/** The prices that hold for one call: those of the moment it arrived, whatever is set while it runs. */
export class PriceSnapshot {
  readonly #prices: Prices;
  readonly #unpriced: UnpricedRule;

  constructor(prices: Prices, unpriced: UnpricedRule) {
    this.#prices = prices;
    this.#unpriced = unpriced;
  }

  /** The price of a model at a provider; undefined where none is known and models without one are not free. */
  find(model: string, provider: PricedProvider): KnownPrice | undefined {
    return this.#prices.find(model, provider) ?? (this.#unpriced === "free" ? free : undefined);
  }

  /**
   * What a usage costs: by the price of the model that answered, else by that of the model that was asked for, so that a name of
   * the provider's own making is not free. Undefined where neither has one, or nothing was counted.
   */
  cost(usage: Usage, { answered, asked }: PricedModels, provider: PricedProvider): Cost | undefined {
    const own = answered === undefined ? undefined : this.#prices.find(answered, provider);
    const known = own ?? this.find(asked, provider);
    const nanos = known === undefined ? undefined : costNanos(usage, known.price);
    return known === undefined || nanos === undefined ? undefined : { nanos, priceVersion: known.version };
  }
}

/** The model that says it answered, if one did, and the one that the provider was asked for. */
export interface PricedModels {
  readonly answered: string | undefined;
  readonly asked: string;
}

import { createPriceList, type PriceList } from "#core/catalog/price.ts";
import prices from "#core/catalog/prices.json" with { type: "json" };

/** The price list that is part of the program. Throws `config_invalid` if it is broken. */
export function embeddedPriceList(): PriceList {
  return createPriceList(prices);
}

import { PriceIndex } from "#core/catalog/price-index.ts";
import { priceListSchema } from "#core/catalog/price-list-schema.ts";
import type { PriceList } from "#core/catalog/price.ts";
import prices from "#core/catalog/prices.json" with { type: "json" };
import { GatewayError } from "#core/errors.ts";

/** The price list that is part of the program. Throws `config_invalid` if it is broken. */
export function embeddedPriceList(): PriceList {
  return createPriceList(prices);
}

/** Reads a price list. Throws `config_invalid`, naming the place, when it is broken: a list is never half used. */
export function createPriceList(json: unknown): PriceList {
  // Read once: compiling a checker for it would take longer.
  const parsed = priceListSchema.safeParse(json, { jitless: true });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = issue?.path.join(".") || "the list";
    throw new GatewayError("config_invalid", `The price list is broken: ${place}: ${issue?.message ?? "unreadable"}.`);
  }
  const { version, vendors } = parsed.data;
  const byVendor = new PriceIndex();
  const anywhere = new PriceIndex();
  const listed = new PriceIndex();
  for (const [vendor, { anyProvider, models }] of Object.entries(vendors)) {
    for (const [model, price] of Object.entries(models)) {
      const entry = { model, price, version, source: "embedded" } as const;
      byVendor.set({ ...entry, provider: vendor });
      if (anyProvider) anywhere.set(entry);
      listed.set(anyProvider ? entry : { ...entry, provider: vendor });
    }
  }
  const find: PriceList["find"] = (model, provider) => {
    for (const vendor of provider === undefined ? [] : [provider.type, provider.name]) {
      const price = byVendor.find(model, vendor) ?? byVendor.exact("*", vendor);
      if (price !== undefined) return price;
    }
    return anywhere.find(model, undefined);
  };
  return { version, find, all: () => listed.all() };
}

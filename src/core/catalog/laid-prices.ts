import { PriceIndex } from "#core/catalog/price-index.ts";
import type { ListedPrice, PriceList } from "#core/catalog/price.ts";
import type { PriceVersion } from "#core/catalog/price-version.ts";

/**
 * The prices set here laid over a list: later over earlier, of one provider before of all, any of them before the list
 * beneath. A price that was removed lets the one beneath hold again.
 */
export function layPrices(beneath: PriceList, versions: readonly PriceVersion[]): PriceList {
  const newest = versions.at(-1);
  if (newest === undefined) return beneath;
  const own = new PriceIndex();
  for (const version of versions) lay(own, version);
  const find: PriceList["find"] = (model, provider) =>
    (provider === undefined ? undefined : own.find(model, provider.name)) ??
    own.find(model, undefined) ??
    beneath.find(model, provider);
  const all = (): readonly ListedPrice[] => [
    ...own.all(),
    ...beneath.all().filter(({ model, provider }) => own.exact(model, provider) === undefined),
  ];
  return { version: newest.version, find, all };
}

function lay(own: PriceIndex, { version, source, createdAtMs, prices }: PriceVersion): void {
  for (const { model, provider, price } of prices) {
    if (price === null || source === "removed") own.remove(model, provider);
    else own.set({ model, ...(provider !== undefined && { provider }), price, version, source, setAtMs: createdAtMs });
  }
}

import type { HandlerParts } from "#core/administration/handler-parts.ts";
import { inTurn } from "#core/administration/in-turn.ts";
import { invalidField } from "#core/api/invalid-field.ts";
import type { Caller, HandlersOf } from "#core/api/operation.ts";
import { priceView } from "#core/administration/price-view.ts";
import type { PriceView, priceOperations } from "#core/api/price.ts";
import { statedPrice } from "#core/administration/stated-price.ts";
import { timeText } from "#core/api/time-text.ts";
import { trailOf } from "#core/administration/trail.ts";
import type { PriceBook } from "#core/catalog/price-book.ts";
import type { ListedPrice } from "#core/catalog/price.ts";
import type { PriceVersion, SetPrice } from "#core/catalog/price-version.ts";
import { GatewayError } from "#core/errors.ts";
import { formatUsd } from "#core/ledger/money.ts";

type PriceHandlerParts = Pick<HandlerParts, "prices" | "priceBook" | "clock" | "ids" | "feed" | "toldEvents">;

/** A change of prices, as the audit tells it. */
interface PriceChange {
  readonly source: PriceVersion["source"];
  readonly prices: readonly SetPrice[];
  readonly action: string;
  /** What was changed: a model, at a provider where it is for one alone. */
  readonly target: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Carries out `/api/v1/prices`. */
export function priceHandlers(parts: PriceHandlerParts): HandlersOf<typeof priceOperations> {
  const { prices, priceBook } = parts;
  const oneByOne = inTurn();
  const change = (wanted: PriceChange, caller: Caller): Promise<string> =>
    oneByOne(() => addVersion(parts, wanted, caller));
  return {
    async listPrices({ model, provider }) {
      const wanted = (listed: ListedPrice): boolean =>
        (model === undefined || listed.model === model) &&
        (provider === undefined || listed.provider === undefined || listed.provider === provider);
      return { data: priceBook.current().all().filter(wanted).map(priceView) };
    },

    async setPrice(input, caller) {
      const stated = statedPrice(input);
      const { model, provider, price } = stated;
      const details = { input_usd: formatUsd(price.input), output_usd: formatUsd(price.output) };
      const target = targetName(model, provider);
      await change({ source: "set", prices: [stated], action: "setPrice", target, details }, caller);
      return listedView(priceBook, model, provider);
    },

    async removePrice({ model, provider }, caller) {
      const target = targetName(model, provider);
      const removal = { source: "removed", prices: [{ model, ...(provider && { provider }), price: null }] } as const;
      const version = await oneByOne(async () => {
        await priceBook.reload();
        const listed = listedPrice(priceBook, model, provider);
        if (listed === undefined || listed.source === "embedded") {
          throw new GatewayError("not_found", `No price of ${JSON.stringify(target)} was set here.`);
        }
        return addVersion(parts, { ...removal, action: "removePrice", target }, caller);
      });
      return { model, provider: provider ?? null, price_version: version };
    },

    async importPrices({ prices: inputs }, caller) {
      const stated = inputs.map((input, index) => statedPrice(input, `prices.${index}.`));
      refuseTwice(stated);
      const details = { models: stated.length };
      const wanted = { source: "imported", prices: stated, action: "importPrices", target: "*", details } as const;
      return { price_version: await change(wanted, caller), models: stated.length };
    },

    async listPriceVersions() {
      const own = (await prices.priceVersions())
        .toReversed()
        .map(({ version, createdAtMs, source, prices: changed }) => ({
          price_version: version,
          created_at: timeText(createdAtMs),
          source,
          models: changed.length,
        }));
      const { version, all } = priceBook.embedded;
      return {
        data: [...own, { price_version: version, created_at: null, source: "embedded" as const, models: all().length }],
      };
    },
  };
}

/** Resolves with the name of the new version once it is in force here. */
async function addVersion(
  parts: PriceHandlerParts,
  { source, prices, action, target, details }: PriceChange,
  caller: Caller,
): Promise<string> {
  const createdAtMs = parts.clock.now();
  const number = (await parts.prices.priceVersions()).length + 1;
  const version = `${timeText(createdAtMs).slice(0, 10)}.${number}`;
  const note = { action, target: { kind: "price", id: target }, details: { ...details, price_version: version } };
  await parts.prices.addPriceVersion({ version, createdAtMs, source, prices }, trailOf(parts, caller, note));
  parts.feed.publish("prices.changed");
  await parts.priceBook.reload();
  return version;
}

function refuseTwice(prices: readonly SetPrice[]): void {
  const seen = new Set<string>();
  for (const [index, { model, provider }] of prices.entries()) {
    const name = JSON.stringify([model, provider]);
    if (seen.has(name)) throw invalidField(`prices.${index}.model`, "it has a price already");
    seen.add(name);
  }
}

function listedPrice(book: PriceBook, model: string, provider: string | undefined): ListedPrice | undefined {
  return book
    .current()
    .all()
    .find((listed) => listed.model === model && listed.provider === provider);
}

function listedView(book: PriceBook, model: string, provider: string | undefined): PriceView {
  const listed = listedPrice(book, model, provider);
  if (listed === undefined)
    throw new GatewayError("conflict", `The price of ${model} was taken away at the same time.`);
  return priceView(listed);
}

function targetName(model: string, provider: string | undefined): string {
  return provider === undefined ? model : `${provider}/${model}`;
}

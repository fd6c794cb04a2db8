import { priceListSchema } from "#core/catalog/price-list-schema.ts";
import { withoutDate } from "#core/catalog/undated-name.ts";
import type { Usage } from "#core/chat/usage.ts";
import { GatewayError } from "#core/errors.ts";
import { costNanos, type Price } from "#core/ledger/money.ts";

/** Who is asked for the model: the name in `[provider.NAME]` and its type. */
export interface PricedProvider {
  readonly name: string;
  readonly type: string;
}

/** What models cost at list price. */
export interface PriceList {
  /** Date of the prices, `YYYY-MM-DD`. */
  readonly version: string;
  /** Price of a model, by its exact id or its id without a date at the end; undefined when unknown, never zero. */
  find(model: string, provider?: PricedProvider): Price | undefined;
  /** Cost of a usage in nano-dollars under this version; undefined when the model's price or every count is unknown. */
  cost(
    model: string,
    usage: Usage,
    provider?: PricedProvider,
  ): { readonly nanos: bigint; readonly priceVersion: string } | undefined;
}

type Models = ReadonlyMap<string, Price>;

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
  const byVendor = new Map<string, Models>();
  const anywhere = new Map<string, Price>();
  for (const [name, { anyProvider, models }] of Object.entries(vendors)) {
    byVendor.set(name, new Map(Object.entries(models)));
    if (anyProvider) for (const [model, price] of Object.entries(models)) anywhere.set(model, price);
  }
  const find: PriceList["find"] = (model, provider) => {
    for (const vendor of provider === undefined ? [] : [provider.type, provider.name]) {
      const models = byVendor.get(vendor);
      const price = models === undefined ? undefined : (lookUp(models, model) ?? models.get("*"));
      if (price !== undefined) return price;
    }
    return lookUp(anywhere, model);
  };
  const cost: PriceList["cost"] = (model, usage, provider) => {
    const price = find(model, provider);
    const nanos = price === undefined ? undefined : costNanos(usage, price);
    return nanos === undefined ? undefined : { nanos, priceVersion: version };
  };
  return { version, find, cost };
}

function lookUp(models: Models, model: string): Price | undefined {
  const exact = models.get(model);
  if (exact !== undefined) return exact;
  const undated = withoutDate(model);
  return undated === undefined ? undefined : models.get(undated);
}

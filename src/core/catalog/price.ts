import type { Price } from "#core/ledger/money.ts";

/** Who is asked for the model: the name in `[provider.NAME]` and its type. */
export interface PricedProvider {
  readonly name: string;
  readonly type: string;
}

/** A price as it stands in a list. */
export interface ListedPrice {
  readonly model: string;
  /** Absent: the same wherever the model is asked for. */
  readonly provider?: string;
  readonly price: Price;
  /** The version it came with: a date for the embedded list, `YYYY-MM-DD.N` for what was set here. */
  readonly version: string;
  readonly source: "embedded" | "set" | "imported";
  /** Milliseconds since the epoch; absent for the embedded list. */
  readonly setAtMs?: number;
}

/** What models cost. Never changes: a change of prices makes another list. */
export interface PriceList {
  /** The newest version that it holds. */
  readonly version: string;
  /** Price of a model, by its exact id or its id without a date at the end; undefined when unknown, never zero. */
  find(model: string, provider?: PricedProvider): ListedPrice | undefined;
  /** Every price in force. */
  all(): readonly ListedPrice[];
}

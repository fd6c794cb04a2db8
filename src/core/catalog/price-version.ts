import type { Price } from "#core/ledger/money.ts";

/** A price as settled here: of a model wherever it is asked for, or at one provider. */
export interface SetPrice {
  readonly model: string;
  readonly provider?: string;
  /** Null takes the price away: the embedded one holds again. */
  readonly price: Price | null;
}

/** One change of prices, for ever: later versions stand beside it, never in its place. */
export interface PriceVersion {
  /** `YYYY-MM-DD.N`, counted over this gateway's own versions. */
  readonly version: string;
  readonly createdAtMs: number;
  readonly source: "set" | "imported" | "removed";
  readonly prices: readonly SetPrice[];
}

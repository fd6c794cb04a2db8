import { z } from "zod";
import { maxPriceNanos, wholePrice } from "#core/ledger/money.ts";

const nanos = z
  .string()
  .regex(/^\d{1,16}$/, "must be whole nano-dollars, written as a string of digits")
  .transform(BigInt)
  .refine((value) => value <= maxPriceNanos, "is above 1 million dollars");

const tariff = {
  input: nanos,
  cached: nanos.optional(),
  cacheWrite: nanos.optional(),
  cacheWriteLong: nanos.optional(),
  output: nanos,
  reasoning: nanos.optional(),
  audioInput: nanos.optional(),
  audioOutput: nanos.optional(),
  imageInput: nanos.optional(),
};

/** A price as a list or a table holds it; a kind without a price of its own costs what its whole costs. */
export const priceSchema = z
  .strictObject({
    ...tariff,
    /** For each call. */
    requestNanos: nanos.optional(),
    /** For whole calls whose input is longer. */
    steps: z.array(z.strictObject({ aboveInputTokens: z.int().min(1), ...tariff })).optional(),
  })
  .transform(wholePrice);

const vendor = z.strictObject({
  /**
   * Whether the names are this vendor's alone, so that they cost the same wherever they are asked for. Open models
   * cost what their host takes, and are priced only at the provider of the vendor's name or type.
   */
  anyProvider: z.boolean(),
  /** By exact model id; `*` stands for every model of the vendor. */
  models: z.record(z.string().min(1), priceSchema),
});

/** The wire form of a price list. */
export const priceListSchema = z.strictObject({
  /** Date of the prices, `YYYY-MM-DD`; stands in every ledger row that was priced by the list. */
  version: z.iso.date(),
  about: z.string(),
  unit: z.literal("nano-dollars per million tokens"),
  vendors: z.record(z.string().min(1), vendor),
});

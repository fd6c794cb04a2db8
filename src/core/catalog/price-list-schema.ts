import { z } from "zod";

/** Dearest believable price, 1 million dollars per million tokens: keeps the cost of any acceptable usage within 63 bits. */
const maxNanos = 10n ** 15n;

const nanos = z
  .string()
  .regex(/^\d{1,16}$/, "must be whole nano-dollars per million tokens, written as a string of digits")
  .transform(BigInt)
  .refine((value) => value <= maxNanos, "is above 1 million dollars per million tokens");

/** A kind without a price of its own costs what its whole costs. */
const price = z
  .strictObject({
    input: nanos,
    cached: nanos.optional(),
    cacheWrite: nanos.optional(),
    output: nanos,
    reasoning: nanos.optional(),
  })
  .transform(({ input, cached = input, cacheWrite = input, output, reasoning = output }) => ({
    input,
    cached,
    cacheWrite,
    output,
    reasoning,
  }));

const vendor = z.strictObject({
  /**
   * Whether the names are this vendor's alone, so that they cost the same wherever they are asked for. Open models
   * cost what their host takes, and are priced only at the provider of the vendor's name or type.
   */
  anyProvider: z.boolean(),
  /** By exact model id; `*` stands for every model of the vendor. */
  models: z.record(z.string().min(1), price),
});

/** The wire form of a price list. */
export const priceListSchema = z.strictObject({
  /** Date of the prices, `YYYY-MM-DD`; stands in every ledger row that was priced by the list. */
  version: z.iso.date(),
  about: z.string(),
  unit: z.literal("nano-dollars per million tokens"),
  vendors: z.record(z.string().min(1), vendor),
});

import { z } from "zod";
import { operation } from "#core/api/operation.ts";
import { listOf, usd } from "#core/api/paging.ts";

const model = z.string().min(1).max(200);
const provider = z.string().min(1).max(100);
/** Decimal US dollars per million tokens; null is the price of the whole it is part of. */
const perMillion = usd;

/** What one model costs. Amounts are decimal US dollars per million tokens, `request` per call. */
const tariffShape = {
  input: perMillion,
  output: perMillion,
  cached: perMillion.nullish(),
  cache_write: perMillion.nullish(),
  /** What is kept in the cache for long, an hour at Anthropic; null is `cache_write`. */
  cache_write_long: perMillion.nullish(),
  reasoning: perMillion.nullish(),
  audio_input: perMillion.nullish(),
  audio_output: perMillion.nullish(),
  image_input: perMillion.nullish(),
};
const stepSchema = z.strictObject({ above_input_tokens: z.int().min(1), ...tariffShape });
const priceShape = {
  ...tariffShape,
  request: perMillion.nullish(),
  /** Other prices for calls whose whole input is longer, the shortest first. */
  steps: z.array(stepSchema).max(5).optional(),
};

const tariffViewShape = {
  input_usd: z.string(),
  output_usd: z.string(),
  cached_usd: z.string(),
  cache_write_usd: z.string(),
  cache_write_long_usd: z.string(),
  reasoning_usd: z.string(),
  audio_input_usd: z.string(),
  audio_output_usd: z.string(),
  image_input_usd: z.string(),
};

/** A price as it is shown: US dollars per million tokens, every kind with what it costs, in its steps too. */
const priceViewSchema = z.object({
  model: z.string(),
  /** Null: the same wherever it is asked for. */
  provider: z.string().nullable(),
  ...tariffViewShape,
  request_usd: z.string(),
  steps: z.array(z.object({ above_input_tokens: z.int(), ...tariffViewShape })),
  /** `embedded`, or who set it here. */
  source: z.enum(["embedded", "set", "imported"]),
  price_version: z.string(),
  /** RFC 3339; null for the embedded list. */
  set_at: z.string().nullable(),
});
export type PriceView = z.infer<typeof priceViewSchema>;
/** What each kind of token costs, as it is shown. */
export type TariffView = Omit<PriceView["steps"][number], "above_input_tokens">;

const versionViewSchema = z.object({
  price_version: z.string(),
  created_at: z.string().nullable(),
  source: z.enum(["embedded", "set", "imported", "removed"]),
  models: z.int(),
});

/** `/api/v1/prices`. Every change makes a version; rows of the books name the version they were priced by. */
export const priceOperations = {
  listPrices: operation({
    method: "GET",
    path: "/prices",
    permission: "prices:read",
    summary: "Prices in force: those set here before those that are part of the program.",
    input: z.strictObject({ model: model.optional(), provider: provider.optional() }),
    output: listOf(priceViewSchema),
  }),
  setPrice: operation({
    method: "PUT",
    path: "/prices",
    permission: "prices:write",
    summary: "Set the price of a model, in US dollars per million tokens.",
    input: z.strictObject({ model, provider: provider.optional(), ...priceShape }),
    output: priceViewSchema,
  }),
  removePrice: operation({
    method: "DELETE",
    path: "/prices",
    permission: "prices:write",
    summary: "Take a price that was set away; the embedded one, if any, holds again.",
    input: z.strictObject({ model, provider: provider.optional() }),
    output: z.object({ model: z.string(), provider: z.string().nullable(), price_version: z.string() }),
  }),
  importPrices: operation({
    method: "POST",
    path: "/prices/import",
    permission: "prices:write",
    summary: "Set many prices at once, all or none.",
    input: z.strictObject({
      prices: z
        .array(z.strictObject({ model, provider: provider.optional(), ...priceShape }))
        .min(1)
        .max(10_000),
    }),
    output: z.object({ price_version: z.string(), models: z.int() }),
  }),
  listPriceVersions: operation({
    method: "GET",
    path: "/prices/versions",
    permission: "prices:read",
    summary: "Versions of prices, newest first; the embedded list is the last.",
    input: z.strictObject({}),
    output: listOf(versionViewSchema),
  }),
};

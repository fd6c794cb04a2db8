import type { z } from "zod";
import { invalidField } from "#core/api/invalid-field.ts";
import type { priceOperations } from "#core/api/price.ts";
import type { SetPrice } from "#core/catalog/price-version.ts";
import { maxPriceNanos, parseUsd, type Price, type StatedPrice, wholePrice } from "#core/ledger/money.ts";

/** A price as it is set through the API: decimal US dollars per million tokens. */
export type PriceInput = z.output<typeof priceOperations.setPrice.input>;
type TariffInput = Omit<PriceInput, "model" | "provider" | "request" | "steps">;

/** The price that an input states. Throws `invalid_request` naming the field, `place` before it. */
export function statedPrice(input: PriceInput, place = ""): SetPrice & { readonly price: Price } {
  const { model, provider, request, steps = [], ...tariff } = input;
  const borders = steps.map((step) => step.above_input_tokens);
  if (new Set(borders).size < borders.length) throw invalidField(`${place}steps`, "two begin at the same length");
  const price: StatedPrice = {
    ...tariffOf(tariff, place),
    requestNanos: optionalNanos(request, `${place}request`),
    steps: steps.map(({ above_input_tokens, ...step }, index) => ({
      aboveInputTokens: above_input_tokens,
      ...tariffOf(step, `${place}steps.${index}.`),
    })),
  };
  return { model, ...(provider !== undefined && { provider }), price: wholePrice(price) };
}

function tariffOf(tariff: TariffInput, place: string): Omit<StatedPrice, "requestNanos" | "steps"> {
  return {
    input: nanos(tariff.input, `${place}input`),
    output: nanos(tariff.output, `${place}output`),
    cached: optionalNanos(tariff.cached, `${place}cached`),
    cacheWrite: optionalNanos(tariff.cache_write, `${place}cache_write`),
    cacheWriteLong: optionalNanos(tariff.cache_write_long, `${place}cache_write_long`),
    reasoning: optionalNanos(tariff.reasoning, `${place}reasoning`),
    audioInput: optionalNanos(tariff.audio_input, `${place}audio_input`),
    audioOutput: optionalNanos(tariff.audio_output, `${place}audio_output`),
    imageInput: optionalNanos(tariff.image_input, `${place}image_input`),
  };
}

function optionalNanos(text: string | null | undefined, field: string): bigint | undefined {
  return text === null || text === undefined ? undefined : nanos(text, field);
}

function nanos(text: string, field: string): bigint {
  const value = parseUsd(text);
  if (value > maxPriceNanos) throw invalidField(field, "it is above 1000000 US dollars");
  return value;
}

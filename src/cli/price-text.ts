import type { PriceView } from "#core/api/price.ts";

/** A price in full, a line for each kind of token; kinds that cost what their whole costs are left out. */
export function priceLines(price: PriceView): string[] {
  const parts: (readonly [string, string, string])[] = [
    ["cached input", price.cached_usd, price.input_usd],
    ["cache write", price.cache_write_usd, price.input_usd],
    ["long cache", price.cache_write_long_usd, price.cache_write_usd],
    ["audio input", price.audio_input_usd, price.input_usd],
    ["picture input", price.image_input_usd, price.input_usd],
    ["reasoning", price.reasoning_usd, price.output_usd],
    ["audio output", price.audio_output_usd, price.output_usd],
  ];
  const rows: (readonly [string, string])[] = [
    ["model", price.model],
    ["provider", price.provider ?? "any"],
    ["version", `${price.price_version} (${price.source})`],
    ["input", perMillion(price.input_usd)],
    ["output", perMillion(price.output_usd)],
    ...parts.filter(([, usd, whole]) => usd !== whole).map(([title, usd]) => [title, perMillion(usd)] as const),
    ...(price.request_usd === "0" ? [] : [["request", `${price.request_usd} USD each`] as const]),
    ...price.steps.map(
      (step) =>
        [
          `above ${step.above_input_tokens.toLocaleString("en-US")}`,
          `input ${perMillion(step.input_usd)}, output ${perMillion(step.output_usd)}`,
        ] as const,
    ),
  ];
  return rows.map(([title, value]) => `${title.padEnd(15)} ${value}`);
}

function perMillion(usd: string): string {
  return `${usd} USD per million tokens`;
}

import type { PriceView } from "#core/api/price.ts";
import { optionalTimeText } from "#core/api/time-text.ts";
import type { ListedPrice } from "#core/catalog/price.ts";
import { formatUsd } from "#core/ledger/money.ts";

/** A price as the API shows it: US dollars per million tokens. */
export function priceView({ model, provider, price, version, source, setAtMs }: ListedPrice): PriceView {
  return {
    model,
    provider: provider ?? null,
    input_usd: formatUsd(price.input),
    output_usd: formatUsd(price.output),
    cached_usd: formatUsd(price.cached),
    cache_write_usd: formatUsd(price.cacheWrite),
    cache_write_long_usd: formatUsd(price.cacheWriteLong),
    reasoning_usd: formatUsd(price.reasoning),
    audio_input_usd: formatUsd(price.audioInput),
    audio_output_usd: formatUsd(price.audioOutput),
    image_input_usd: formatUsd(price.imageInput),
    request_usd: formatUsd(price.requestNanos),
    steps: price.steps.map(({ aboveInputTokens, input, output }) => ({
      above_input_tokens: aboveInputTokens,
      input_usd: formatUsd(input),
      output_usd: formatUsd(output),
    })),
    source,
    price_version: version,
    set_at: optionalTimeText(setAtMs),
  };
}

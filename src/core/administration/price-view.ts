import type { PriceView, TariffView } from "#core/api/price.ts";
import { optionalTimeText } from "#core/api/time-text.ts";
import type { ListedPrice } from "#core/catalog/price.ts";
import { formatUsd, type Tariff } from "#core/ledger/money.ts";

/** A price as the API shows it: US dollars per million tokens. */
export function priceView({ model, provider, price, version, source, setAtMs }: ListedPrice): PriceView {
  return {
    model,
    provider: provider ?? null,
    ...tariffView(price),
    request_usd: formatUsd(price.requestNanos),
    steps: price.steps.map((step) => ({ above_input_tokens: step.aboveInputTokens, ...tariffView(step) })),
    source,
    price_version: version,
    set_at: optionalTimeText(setAtMs),
  };
}

function tariffView(tariff: Tariff): TariffView {
  return {
    input_usd: formatUsd(tariff.input),
    output_usd: formatUsd(tariff.output),
    cached_usd: formatUsd(tariff.cached),
    cache_write_usd: formatUsd(tariff.cacheWrite),
    cache_write_long_usd: formatUsd(tariff.cacheWriteLong),
    reasoning_usd: formatUsd(tariff.reasoning),
    audio_input_usd: formatUsd(tariff.audioInput),
    audio_output_usd: formatUsd(tariff.audioOutput),
    image_input_usd: formatUsd(tariff.imageInput),
  };
}

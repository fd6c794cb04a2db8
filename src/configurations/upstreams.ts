import type { PriceList } from "#core/catalog/price.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { UpstreamHttp } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { Route } from "#core/routing/route.ts";
import { codecs } from "#core/wire/codecs.ts";
import { createLoopbackProvider } from "#integrations/providers/loopback/provider.ts";
import { openAiBaseUrl } from "#integrations/providers/openai/base-url.ts";
import { createOpenAiCompatibleProvider } from "#integrations/providers/openai-compatible/provider.ts";
import type { ProviderSettings, Settings } from "#settings/settings.ts";

/** The providers of the configuration. Throws `config_invalid` for one that cannot be built. */
export function createProviders(settings: Settings, http: UpstreamHttp, clock: Clock): readonly Provider[] {
  return settings.providers.map((provider) => createProvider(provider, settings, http, clock));
}

function createProvider(provider: ProviderSettings, { gateway }: Settings, http: UpstreamHttp, clock: Clock): Provider {
  const { type, name, models } = provider;
  if (type === "loopback") return createLoopbackProvider({ name, models, clock, codecs });
  const baseUrl = provider.baseUrl ?? (type === "openai" ? openAiBaseUrl : undefined);
  if (baseUrl === undefined) {
    throw new GatewayError("config_invalid", `provider.${name}: an openai-compatible provider needs a base_url`);
  }
  return createOpenAiCompatibleProvider({
    ...provider,
    baseUrl,
    http,
    clock,
    codecs,
    limits: {
      connectTimeoutMs: gateway.connectTimeoutMs,
      streamIdleTimeoutMs: gateway.streamIdleTimeoutMs,
      maxAnswerBytes: gateway.maxAnswerBytes,
    },
  });
}

/** Says whether a model's name may be a metric label: it is in the configuration or in the price list. */
export function isNamedModel(routes: readonly Route[], providers: readonly Provider[], prices: PriceList) {
  const configured = new Set([
    ...routes.flatMap(({ pattern, pools }) => [
      pattern,
      ...pools.flatMap((pool) => pool.flatMap(({ model }) => (model === undefined ? [] : [model]))),
    ]),
    ...providers.flatMap(({ models }) => models),
  ]);
  return (model: string): boolean => configured.has(model) || prices.find(model) !== undefined;
}

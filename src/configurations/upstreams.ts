import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { PriceList } from "#core/catalog/price.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { UpstreamHttp } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import type { Provider } from "#core/routing/provider.ts";
import type { Route } from "#core/routing/route.ts";
import { codecs } from "#core/wire/codecs.ts";
import { createAnthropicProvider } from "#integrations/providers/anthropic/provider.ts";
import { createGeminiProvider } from "#integrations/providers/gemini/provider.ts";
import type { HttpProviderParts } from "#integrations/providers/http-provider.ts";
import { createLoopbackProvider } from "#integrations/providers/loopback/provider.ts";
import { createOpenAiCompatibleProvider } from "#integrations/providers/openai-compatible/provider.ts";
import { createOpenAiProvider } from "#integrations/providers/openai/provider.ts";
import type { ProviderSettings, Settings } from "#settings/settings.ts";

/** What providers are built with, beside their settings. */
export interface UpstreamParts {
  readonly http: UpstreamHttp;
  readonly clock: Clock;
  readonly digest: Digest;
  /** What is known of a model. */
  readonly facts: (model: string) => ModelFacts;
}

/** The providers of the configuration. Throws `config_invalid` for one that cannot be built. */
export function createProviders(settings: Settings, parts: UpstreamParts): readonly Provider[] {
  return settings.providers.map((provider) => createProvider(provider, settings, parts));
}

function createProvider(said: ProviderSettings, { gateway }: Settings, parts: UpstreamParts): Provider {
  const { http, clock, digest, facts } = parts;
  const shared: HttpProviderParts = {
    name: said.name,
    models: said.models,
    http,
    clock,
    codecs,
    facts,
    limits: {
      connectTimeoutMs: gateway.connectTimeoutMs,
      streamIdleTimeoutMs: gateway.streamIdleTimeoutMs,
      maxAnswerBytes: gateway.maxAnswerBytes,
    },
  };
  switch (said.type) {
    case "loopback":
      return createLoopbackProvider({ name: said.name, models: said.models, clock, codecs });
    case "openai":
      return createOpenAiProvider({ ...said, ...shared });
    case "openai-compatible": {
      const { baseUrl } = said;
      if (baseUrl !== undefined) return createOpenAiCompatibleProvider({ ...said, baseUrl, ...shared });
      throw new GatewayError("config_invalid", `provider.${said.name}: an openai-compatible provider needs a base_url`);
    }
    case "anthropic":
      return createAnthropicProvider({ ...said, ...shared, digest });
    case "gemini": {
      const { cloud, ...rest } = said;
      const vertex = cloud?.variant === "vertex" ? { cloud } : {};
      return createGeminiProvider({ ...rest, ...shared, ...vertex });
    }
  }
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

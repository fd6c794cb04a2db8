import type { ModelFacts } from "#core/catalog/model-facts.ts";
import type { PriceList } from "#core/catalog/price.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { UpstreamHttp } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import type { Provider } from "#core/routing/provider.ts";
import { codecs } from "#core/wire/codecs.ts";
import { createAnthropicProvider } from "#integrations/providers/anthropic/provider.ts";
import { createGeminiProvider } from "#integrations/providers/gemini/provider.ts";
import type { HttpProviderParts } from "#integrations/providers/http-provider.ts";
import { createLocalProvider } from "#integrations/providers/local/provider.ts";
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

/**
 * The providers of the configuration; one with several keys is as many of one name, told apart by `account`. Throws
 * `config_invalid` for one that cannot be built.
 */
export function createProviders(settings: Settings, parts: UpstreamParts): readonly Provider[] {
  return settings.providers.flatMap((said) => {
    const { apiKey, moreApiKeys } = said;
    if (apiKey === undefined || moreApiKeys.length === 0) return createAccount(said, settings, parts);
    return [apiKey, ...moreApiKeys].map((key, index) => {
      // A model with a key of its own is one deployment, not one for each key of its provider.
      const sharing = [...said.modelProviders].filter(([, model]) => index === 0 || model.apiKey === apiKey);
      const modelProviders = new Map(
        sharing.map(([name, model]) => [name, model.apiKey === apiKey ? { ...model, apiKey: key } : model]),
      );
      const left = new Set(said.modelProviders.keys().filter((name) => !modelProviders.has(name)));
      return createAccount({ ...said, apiKey: key, modelProviders }, settings, parts, index + 1, left);
    });
  });
}

/** One provider with one key; models of `left` are not answered by it. */
function createAccount(
  said: ProviderSettings,
  settings: Settings,
  parts: UpstreamParts,
  account?: number,
  left: ReadonlySet<string> = new Set(),
): Provider {
  const otherwise = said.type === "local" ? undefined : createProvider(said, settings, parts);
  const byModel = new Map(
    [...said.modelProviders].map(([model, its]) => [model, createProvider(its, settings, parts)] as const),
  );
  if (otherwise !== undefined && byModel.size === 0 && account === undefined) return otherwise;
  return createLocalProvider({
    name: said.name,
    type: said.type,
    models: said.models,
    byModel,
    left,
    ...(account !== undefined && { account }),
    ...(otherwise !== undefined && { otherwise }),
  });
}

function createProvider(said: ProviderSettings, { gateway, scheduling }: Settings, parts: UpstreamParts): Provider {
  const { http, clock, digest, facts } = parts;
  const shared: HttpProviderParts = {
    name: said.name,
    models: said.models,
    http,
    clock,
    codecs,
    facts,
    readLimits: scheduling.enabled,
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
    case "local":
      throw new GatewayError("config_invalid", `provider.${said.name}: a local provider answers its own models alone`);
  }
}

/** Says whether a model's name may be a metric label: it is in the configuration or in the price list. */
export function isNamedModel(settings: Pick<Settings, "routes" | "providers">, prices: PriceList) {
  const configured = new Set([
    ...settings.routes.flatMap(({ pattern, pools }) => [
      pattern,
      ...pools.flatMap((pool) => pool.flatMap(({ model }) => (model === undefined ? [] : [model]))),
    ]),
    ...settings.providers.flatMap(({ models, modelCapacity }) => [...models, ...modelCapacity.keys()]),
  ]);
  return (model: string): boolean => configured.has(model) || prices.find(model) !== undefined;
}

import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import { buildProvider, missingKey } from "#settings/resolve/build-provider.ts";
import { capacityOf } from "#settings/resolve/capacity-limits.ts";
import { modelTypeOf } from "#settings/resolve/model-type.ts";
import { type ModelConfiguration, modelTables, type ProviderConfiguration } from "#settings/schema/provider.ts";
import type { ProviderSettings } from "#settings/settings.ts";

type ProviderType = ProviderSettings["type"];

/** What `[provider.NAME.MODEL]` settles, by the model's name. */
export interface BuiltModels {
  readonly modelCapacity: ReadonlyMap<string, CapacityLimits>;
  readonly modelProviders: ReadonlyMap<string, ProviderSettings>;
  /** Models that lack a key, with their type. */
  readonly keyless: ReadonlyMap<string, ProviderType>;
  /** Models whose address nobody says. */
  readonly homeless: readonly string[];
}

/**
 * Reads the models of a provider. One that says a type, an address or a key of its own is asked for there; of a local
 * provider all are, and one that says neither address nor key is asked for at `lender`, the configured provider of its type.
 */
export function buildModels(
  name: string,
  type: ProviderType,
  said: ProviderConfiguration,
  lender: (type: ProviderType) => ProviderSettings | undefined,
): BuiltModels {
  const tables = new Map(modelTables(said));
  const modelCapacity = new Map<string, CapacityLimits>();
  const modelProviders = new Map<string, ProviderSettings>();
  const keyless = new Map<string, ProviderType>();
  const homeless: string[] = [];
  for (const [model, table] of tables) {
    const limits = capacityOf(table);
    if (Object.keys(limits).length > 0) modelCapacity.set(model, limits);
  }
  for (const model of modelsOf(type, said, tables)) {
    const own = tables.get(model) ?? {};
    if (type !== "local" && !differs(own)) continue;
    const ownType = own.type ?? (type === "local" ? modelTypeOf(model) : type);
    const combined = combine(type, said, ownType, own, model);
    const isBorrowed = type === "local" && combined.base_url === undefined && combined.api_key === undefined;
    const lent = isBorrowed ? lender(ownType) : undefined;
    const ownName = ownType === type ? name : `${name}/${ownType}`;
    const built = lent === undefined ? buildProvider(ownName, ownType, combined) : asLent(lent, ownName, model);
    if (lent === undefined && missingKey(ownType, combined) !== undefined) keyless.set(model, ownType);
    else if (ownType === "openai-compatible" && built.baseUrl === undefined) homeless.push(model);
    else modelProviders.set(model, built);
  }
  return { modelCapacity, modelProviders, keyless, homeless };
}

/** A local provider without a list answers the models that have a table. */
function modelsOf(
  type: ProviderType,
  said: ProviderConfiguration,
  tables: ReadonlyMap<string, ModelConfiguration>,
): readonly string[] {
  return type === "local" && said.models.length > 0 ? said.models : [...tables.keys()];
}

const differs = ({ type, base_url, api_key }: ModelConfiguration): boolean =>
  type !== undefined || base_url !== undefined || api_key !== undefined;

/** What a model is told: its own words, then its provider's as far as they suit its type. */
function combine(
  type: ProviderType,
  said: ProviderConfiguration,
  ownType: ProviderType,
  own: ModelConfiguration,
  model: string,
): ProviderConfiguration {
  const combined: ProviderConfiguration = {
    ...said,
    models: [model],
    base_url: own.base_url ?? said.base_url,
    api_key: own.api_key ?? said.api_key ?? said.api_keys?.[0],
    api_keys: undefined,
  };
  if (ownType === type) return own.base_url === undefined ? combined : { ...combined, variant: undefined };
  const isOpenAi = ownType === "openai" || ownType === "openai-compatible";
  const suits = type === "local" ? combined : { ...combined, auth_header: undefined };
  return { ...suits, preset: undefined, variant: undefined, api: isOpenAi ? said.api : undefined };
}

function asLent(lent: ProviderSettings, name: string, model: string): ProviderSettings {
  const none = { moreApiKeys: [], capacity: {}, modelCapacity: new Map(), modelProviders: new Map() };
  return { ...lent, ...none, name, models: [model] };
}

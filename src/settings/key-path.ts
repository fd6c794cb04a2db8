/**
 * Keys have one dotted name. Names of models and routes may hold dots and slashes, so a key is cut by rule:
 * `provider.NAME.KEY`, `provider.NAME.MODEL.KEY` (MODEL is everything between), `routes.PATTERN`.
 */

const aliases: Readonly<Record<string, string>> = {
  publish_name: "publish.name",
  model_family: "publish.model_family",
  "marketplace.marketplace_enabled": "provider.marketplace.enabled",
  "marketplace.enabled": "provider.marketplace.enabled",
  "marketplace.base_url": "provider.marketplace.base_url",
};

/** The one name of a key: `providers.` becomes `provider.`, accepted aliases become what they mean. */
export function canonicalKey(said: string): string {
  const key = said.startsWith("providers.") ? `provider.${said.slice("providers.".length)}` : said;
  return Object.hasOwn(aliases, key) ? (aliases[key] ?? key) : key;
}

/** Accepted other names of keys, other name first. */
export const keyAliases: readonly (readonly [string, string])[] = Object.entries(aliases);

/** A provider's key in parts; `table` is a model, or marketplace's `privacy`, or undefined. */
export interface ProviderKey {
  readonly provider: string;
  readonly table?: string;
  readonly name: string;
}

/** Cuts `provider.NAME[.TABLE].KEY`; undefined when the key is not a provider's. */
export function providerKey(key: string): ProviderKey | undefined {
  const match = /^provider\.([^.]+)\.(?:(.+)\.)?([^.]+)$/.exec(key);
  if (match === null) return undefined;
  const [, provider = "", table, name = ""] = match;
  return table === undefined ? { provider, name } : { provider, table, name };
}

/** The pattern of `routes.PATTERN`; undefined when the key is no route. */
export function routePattern(key: string): string | undefined {
  return key.startsWith("routes.") ? key.slice("routes.".length) : undefined;
}

/** Where the key stands inside config.yaml and inside the schema. */
export function pathOf(key: string): readonly string[] {
  const route = routePattern(key);
  if (route !== undefined) return ["routes", route];
  const parts = providerKey(key);
  if (parts === undefined) return key.split(".");
  const table = parts.table === undefined ? [] : [parts.table];
  return ["providers", parts.provider, ...table, parts.name];
}

/**
 * Keys have one dotted name. Names of models and routes may hold dots and slashes, so a key is cut by rule:
 * `provider.NAME.KEY`, `provider.NAME.MODEL.KEY` (MODEL is everything between), `routes.PATTERN`, `priority_rules.PATTERN`.
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

/** Sections whose keys are patterns that the user writes. */
export const patternSections = ["routes", "priority_rules"] as const;

/** A key of such a section, in parts. */
export interface PatternKey {
  readonly section: (typeof patternSections)[number];
  readonly pattern: string;
}

/** Cuts `routes.PATTERN` or `priority_rules.PATTERN`; undefined for any other key. */
export function patternKey(key: string): PatternKey | undefined {
  const section = patternSections.find((name) => key.startsWith(`${name}.`));
  return section === undefined ? undefined : { section, pattern: key.slice(section.length + 1) };
}

/** Where the key stands inside config.yaml and inside the schema. */
export function pathOf(key: string): readonly string[] {
  const free = patternKey(key);
  if (free !== undefined) return [free.section, free.pattern];
  const parts = providerKey(key);
  if (parts === undefined) return key.split(".");
  const table = parts.table === undefined ? [] : [parts.table];
  return ["providers", parts.provider, ...table, parts.name];
}

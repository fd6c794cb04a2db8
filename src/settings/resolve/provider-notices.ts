import type { Origin } from "#settings/entry.ts";
import { environmentName } from "#settings/layers/environment-layer.ts";
import type { Voices } from "#settings/resolve/merge.ts";
import { modelTables, type ProviderConfiguration } from "#settings/schema/provider.ts";
import type { ProviderSettings } from "#settings/settings.ts";

/** Which models of a provider lack a key, and how to give them one. */
export function keylessModels(name: string, keyless: ReadonlyMap<string, ProviderSettings["type"]>): string {
  const [first = ""] = keyless.keys();
  const types = [...new Set(keyless.values())].join(", ");
  return (
    `provider ${name}: models without a key are not active: ${[...keyless.keys()].join(", ")}; set api_key in ` +
    `[provider.${name}.${first}] and so on, or give providers of the types ${types} a key`
  );
}

/** A provider that lacks a key. */
export interface KeylessProvider {
  readonly name: string;
  /** The key's field, and the variable to set. */
  readonly field: string;
  readonly variable: string;
}

/** Once somebody can be asked, the providers that only the profile names need not be spoken of. */
export function keylessNotices(
  keyless: readonly KeylessProvider[],
  providers: readonly ProviderSettings[],
  merged: ReadonlyMap<string, Voices>,
): readonly string[] {
  const someoneActs = providers.some(({ type }) => type !== "loopback");
  const told = keyless.filter(({ name }) => !someoneActs || originOf(name, merged)?.layer !== "profile");
  const [only] = told;
  if (told.length === 1 && only !== undefined) {
    return [`provider ${only.name} is not active, it has no key: ${keyHint(only)}`];
  }
  const names = told.map(({ name }) => name).join(", ");
  const variables = told.map(({ variable }) => variable).join(", ");
  return told.length === 0 ? [] : [`providers without a key are not active: ${names}; set ${variables}`];
}

/** How to give it the key. */
export function keyHint({ name, field, variable }: KeylessProvider): string {
  return `set ${variable}, or ${field} in [provider.${name}]`;
}

/** The variable a profile asks for, else the key's own. */
export function keyVariable(name: string, field: string, merged: ReadonlyMap<string, Voices>): string {
  const key = `provider.${name}.${field}`;
  const asked = /^\$\{([A-Za-z0-9_]+):-\}$/.exec(String(merged.get(key)?.[0].value ?? ""))?.[1];
  return asked ?? environmentName(key);
}

/** Where the provider is declared: its type, else the first of its keys. */
export function originOf(name: string, merged: ReadonlyMap<string, Voices>): Origin | undefined {
  const said = merged.get(`provider.${name}.type`);
  if (said !== undefined) return said[0].origin;
  const prefix = `provider.${name}.`;
  for (const [key, [entry]] of merged) if (key.startsWith(prefix)) return entry.origin;
  return undefined;
}

/** A table of a model that the provider's list leaves out does nothing, as a slip of the pen would. */
export function unlistedNotices(name: string, said: ProviderConfiguration): readonly string[] {
  if (said.models.length === 0) return [];
  return modelTables(said).flatMap(([model]) =>
    said.models.includes(model)
      ? []
      : [`[provider.${name}.${model}] does nothing: provider.${name}.models does not list it`],
  );
}

import { filePlace, isEmpty, type Origin, type Problem } from "#settings/entry.ts";
import { environmentName } from "#settings/layers/environment-layer.ts";
import type { InactiveKey } from "#settings/loaded.ts";
import type { Voices } from "#settings/resolve/merge.ts";
import { providerTypeOf } from "#settings/resolve/provider-type.ts";
import { activeProviderTypes, awaitedProviderTypes, type ProviderConfiguration } from "#settings/schema/provider.ts";
import type { ProviderSettings } from "#settings/settings.ts";

/** The providers that act, and what became of the others. */
export interface BuiltProviders {
  readonly providers: readonly ProviderSettings[];
  /** Declared and not acting, with the reason. */
  readonly idle: ReadonlyMap<string, string>;
  readonly inactive: readonly InactiveKey[];
  readonly notices: readonly string[];
  readonly problems: readonly Problem[];
}

const providerName = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** Turns `[provider.NAME]` into what acts; refuses what cannot be understood. */
export function buildProviders(
  configured: Readonly<Record<string, ProviderConfiguration>>,
  merged: ReadonlyMap<string, Voices>,
): BuiltProviders {
  const providers: ProviderSettings[] = [];
  const idle = new Map<string, string>();
  const inactive: InactiveKey[] = [];
  const notices: string[] = [];
  const problems: Problem[] = [];
  for (const [name, provider] of Object.entries(configured)) {
    const key = `provider.${name}`;
    const origin = originOf(name, merged);
    const type = providerTypeOf(name, provider.type);
    const refuse = (text: string): number => problems.push({ ...(origin && { origin }), text: `${key}: ${text}` });
    if (!providerName.test(name)) refuse("a provider's name holds letters, digits, - and _ only");
    else if (type === undefined && !merged.has(`${key}.type`))
      refuse(`type is missing; write type = ${activeProviderTypes.join(" | ")}`);
    else if (!provider.enabled) idle.set(name, `${key}.enabled = true`);
    else if (type === undefined) continue;
    else if (!isActive(type)) {
      const awaits = Object.entries(awaitedProviderTypes).find(([awaited]) => awaited === type)?.[1] ?? type;
      idle.set(name, awaits);
      inactive.push({ key, awaits, ...filePlace(origin) });
    } else if (type === "openai-compatible" && provider.base_url === undefined) {
      // An address that was refused already is not missing.
      if (hasValue(merged.get(`${key}.base_url`))) continue;
      refuse("base_url is missing; openai-compatible needs to know where the provider is");
    } else if (type === "openai" && provider.base_url === undefined && provider.api_key === undefined) {
      const how = keyHint(name, merged);
      idle.set(name, `a key: ${how}`);
      notices.push(`provider ${name} is not active, it has no key: ${how}`);
    } else providers.push(buildProvider(name, type, provider));
  }
  return { providers, idle, inactive, notices, problems };
}

function buildProvider(name: string, type: ProviderSettings["type"], said: ProviderConfiguration): ProviderSettings {
  return {
    name,
    type,
    authHeader: said.auth_header.toLowerCase(),
    query: said.api_version === undefined ? {} : { "api-version": said.api_version },
    models: said.models,
    ...(said.base_url !== undefined && { baseUrl: said.base_url }),
    ...(said.api_key !== undefined && { apiKey: said.api_key }),
    ...(said.organization !== undefined && { organization: said.organization }),
    ...(said.timeout !== undefined && { timeoutMs: Math.round(said.timeout * 1000) }),
  };
}

const hasValue = (voices: Voices | undefined): boolean => voices !== undefined && !isEmpty(voices[0].value);

const isActive = (type: string): type is ProviderSettings["type"] =>
  activeProviderTypes.some((active) => active === type);

/** The shortest thing to do: set the variable a profile asks for, else the key's own variable. */
function keyHint(name: string, merged: ReadonlyMap<string, Voices>): string {
  const key = `provider.${name}.api_key`;
  const asked = /^\$\{([A-Za-z0-9_]+):-\}$/.exec(String(merged.get(key)?.[0].value ?? ""))?.[1];
  return `set ${asked ?? environmentName(key)}, or api_key in [provider.${name}]`;
}

function originOf(name: string, merged: ReadonlyMap<string, Voices>): Origin | undefined {
  const said = merged.get(`provider.${name}.type`);
  if (said !== undefined) return said[0].origin;
  const prefix = `provider.${name}.`;
  for (const [key, [entry]] of merged) if (key.startsWith(prefix)) return entry.origin;
  return undefined;
}

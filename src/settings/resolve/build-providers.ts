import { filePlace, isEmpty, type Origin, type Problem } from "#settings/entry.ts";
import { environmentName } from "#settings/layers/environment-layer.ts";
import type { InactiveKey } from "#settings/loaded.ts";
import { buildProvider, missingKey } from "#settings/resolve/build-provider.ts";
import type { Voices } from "#settings/resolve/merge.ts";
import { misfits } from "#settings/resolve/provider-fit.ts";
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
  const keyless: KeylessProvider[] = [];
  const problems: Problem[] = [];
  for (const [name, provider] of Object.entries(configured)) {
    const key = `provider.${name}`;
    const origin = originOf(name, merged);
    const type = providerTypeOf(name, provider);
    const refuse = (text: string): number => problems.push({ ...(origin && { origin }), text: `${key}: ${text}` });
    if (!providerName.test(name)) refuse("a provider's name holds letters, digits, - and _ only");
    // A type or preset that nobody knows was refused already.
    else if (type === undefined && !hasValue(merged.get(`${key}.type`)) && !hasValue(merged.get(`${key}.preset`)))
      refuse(`type is missing; write type = ${activeProviderTypes.join(" | ")}`);
    else if (!provider.enabled) idle.set(name, `${key}.enabled = true`);
    else if (type === undefined) continue;
    else if (!isActive(type)) {
      const awaits = Object.entries(awaitedProviderTypes).find(([awaited]) => awaited === type)?.[1] ?? type;
      idle.set(name, awaits);
      inactive.push({ key, awaits, ...filePlace(origin) });
    } else {
      for (const [field, text] of misfits(type, provider)) {
        const place = merged.get(`${key}.${field}`)?.[0].origin ?? origin;
        problems.push({ ...(place && { origin: place }), text: `${key}.${field}: ${text}` });
      }
      const built = buildProvider(name, type, provider);
      const missing = missingKey(type, provider);
      if (type === "openai-compatible" && built.baseUrl === undefined) {
        // An address that was refused already is not missing.
        if (hasValue(merged.get(`${key}.base_url`))) continue;
        refuse("base_url is missing; openai-compatible needs to know where the provider is");
      } else if (missing !== undefined) {
        const lack = { name, field: missing, variable: keyVariable(name, missing, merged) };
        idle.set(name, `a key: ${keyHint(lack)}`);
        keyless.push(lack);
      } else providers.push(built);
    }
  }
  return { providers, idle, inactive, notices: keylessNotices(keyless, providers, merged), problems };
}

interface KeylessProvider {
  readonly name: string;
  /** The key's field, and the variable to set. */
  readonly field: string;
  readonly variable: string;
}

/** Once somebody can be asked, the providers that only the profile names need not be spoken of. */
function keylessNotices(
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

const hasValue = (voices: Voices | undefined): boolean => voices !== undefined && !isEmpty(voices[0].value);

const isActive = (type: string): type is ProviderSettings["type"] =>
  activeProviderTypes.some((active) => active === type);

function keyHint({ name, field, variable }: KeylessProvider): string {
  return `set ${variable}, or ${field} in [provider.${name}]`;
}

/** The variable a profile asks for, else the key's own. */
function keyVariable(name: string, field: string, merged: ReadonlyMap<string, Voices>): string {
  const key = `provider.${name}.${field}`;
  const asked = /^\$\{([A-Za-z0-9_]+):-\}$/.exec(String(merged.get(key)?.[0].value ?? ""))?.[1];
  return asked ?? environmentName(key);
}

function originOf(name: string, merged: ReadonlyMap<string, Voices>): Origin | undefined {
  const said = merged.get(`provider.${name}.type`);
  if (said !== undefined) return said[0].origin;
  const prefix = `provider.${name}.`;
  for (const [key, [entry]] of merged) if (key.startsWith(prefix)) return entry.origin;
  return undefined;
}

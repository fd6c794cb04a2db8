import { filePlace, isEmpty, type Problem } from "#settings/entry.ts";
import type { InactiveKey } from "#settings/loaded.ts";
import { buildProvider, missingKey } from "#settings/resolve/build-provider.ts";
import { buildModels } from "#settings/resolve/build-models.ts";
import type { Voices } from "#settings/resolve/merge.ts";
import {
  keyHint,
  keylessModels,
  keylessNotices,
  type KeylessProvider,
  keyVariable,
  originOf,
  unlistedNotices,
} from "#settings/resolve/provider-notices.ts";
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

/** What has become of the providers read so far. */
interface Reading {
  readonly merged: ReadonlyMap<string, Voices>;
  readonly built: Map<string, ProviderSettings>;
  readonly idle: Map<string, string>;
  readonly inactive: InactiveKey[];
  readonly keyless: KeylessProvider[];
  readonly notices: string[];
  readonly problems: Problem[];
}

/** Turns `[provider.NAME]` into what acts; refuses what cannot be understood. */
export function buildProviders(
  configured: Readonly<Record<string, ProviderConfiguration>>,
  merged: ReadonlyMap<string, Voices>,
): BuiltProviders {
  const reading: Reading = {
    merged,
    built: new Map(),
    idle: new Map(),
    inactive: [],
    keyless: [],
    notices: [],
    problems: [],
  };
  const typed = Object.entries(configured).map(
    ([name, said]) => ({ name, said, type: providerTypeOf(name, said) }) as const,
  );
  // A local provider may ask for models at the others.
  const ordered = [...typed.filter(({ type }) => type !== "local"), ...typed.filter(({ type }) => type === "local")];
  for (const { name, said, type } of ordered) readProvider(reading, name, said, type);
  const providers = typed.flatMap(({ name }) => reading.built.get(name) ?? []);
  const { idle, inactive, problems } = reading;
  const notices = [...keylessNotices(reading.keyless, providers, merged), ...reading.notices];
  return { providers, idle, inactive, notices, problems };
}

function readProvider(reading: Reading, name: string, said: ProviderConfiguration, type: string | undefined): void {
  const { merged, idle, inactive, problems } = reading;
  const key = `provider.${name}`;
  const origin = originOf(name, merged);
  const refuse = (text: string): number => problems.push({ ...(origin && { origin }), text: `${key}: ${text}` });
  if (!providerName.test(name)) refuse("a provider's name holds letters, digits, - and _ only");
  // A type or preset that nobody knows was refused already.
  else if (type === undefined && !hasValue(merged.get(`${key}.type`)) && !hasValue(merged.get(`${key}.preset`)))
    refuse(`type is missing; write type = ${activeProviderTypes.join(" | ")}`);
  else if (!said.enabled) idle.set(name, `${key}.enabled = true`);
  else if (type === undefined) return;
  else if (!isActive(type)) {
    const awaits = Object.entries(awaitedProviderTypes).find(([awaited]) => awaited === type)?.[1] ?? type;
    idle.set(name, awaits);
    inactive.push({ key, awaits, ...filePlace(origin) });
  } else {
    for (const [field, text] of misfits(type, said)) {
      const place = merged.get(`${key}.${field}`)?.[0].origin ?? origin;
      problems.push({ ...(place && { origin: place }), text: `${key}.${field}: ${text}` });
    }
    readActive(reading, name, said, type);
  }
}

function readActive(reading: Reading, name: string, said: ProviderConfiguration, type: ProviderSettings["type"]): void {
  const { merged, built, idle, keyless, problems } = reading;
  const key = `provider.${name}`;
  const origin = originOf(name, merged);
  // A cloud calls the models by names of its own; of compatible servers nobody can say which is meant.
  const lender = (wanted: string): ProviderSettings | undefined =>
    wanted === "openai-compatible"
      ? undefined
      : built.values().find(({ type: its, cloud, apiKey, baseUrl }) => {
          return its === wanted && cloud === undefined && (apiKey ?? baseUrl) !== undefined;
        });
  const models = buildModels(name, type, said, lender);
  const { modelCapacity, modelProviders } = models;
  for (const model of models.homeless) {
    if (hasValue(merged.get(`${key}.${model}.base_url`) ?? merged.get(`${key}.base_url`))) continue;
    const place = merged.get(`${key}.${model}.type`) ?? merged.get(`${key}.models`);
    const text = `${key}.${model}: base_url is missing; openai-compatible needs to know where the model is`;
    problems.push({ ...(place && { origin: place[0].origin }), text });
  }
  reading.notices.push(...unlistedNotices(name, said));
  const provider = { ...buildProvider(name, type, said), modelCapacity, modelProviders };
  const own = [...modelProviders.keys()];
  const missing = missingKey(type, said);
  if (type === "local") {
    if (models.keyless.size > 0) reading.notices.push(keylessModels(name, models.keyless));
    if (own.length > 0) built.set(name, { ...provider, models: own });
    else if (models.homeless.length === 0) {
      const awaits = models.keyless.size > 0 ? "keys for its models" : `models in [${key}]`;
      idle.set(name, awaits);
      reading.inactive.push({ key, awaits, ...filePlace(origin) });
    }
  } else if (type === "openai-compatible" && provider.baseUrl === undefined) {
    // An address that was refused already is not missing.
    if (hasValue(merged.get(`${key}.base_url`))) return;
    const text = `${key}: base_url is missing; openai-compatible needs to know where the provider is`;
    problems.push({ ...(origin && { origin }), text });
  } else if (missing === undefined) built.set(name, provider);
  // Models with keys of their own need none of the provider's.
  else if (own.length > 0) built.set(name, { ...provider, models: own });
  else {
    const lack = { name, field: missing, variable: keyVariable(name, missing, merged) };
    idle.set(name, `a key: ${keyHint(lack)}`);
    keyless.push(lack);
  }
}

const hasValue = (voices: Voices | undefined): boolean => voices !== undefined && !isEmpty(voices[0].value);

const isActive = (type: string): type is ProviderSettings["type"] =>
  activeProviderTypes.some((active) => active === type);

import { patternSections } from "#settings/key-path.ts";
import { fixedKeys, findKey, type KnownKey, marketplaceKeys, modelKeys, providerKeys } from "#settings/known-keys.ts";
import { environmentName } from "#settings/layers/environment-layer.ts";

/** One key as the reference page, the templates and `config explain` tell it. */
export interface DocumentedKey {
  readonly key: string;
  readonly section: string;
  readonly expects: string;
  readonly unit: string | undefined;
  /** As it would be written; undefined when the key is unset by default. */
  readonly default: string | undefined;
  readonly environment: string | undefined;
  readonly description: string;
  /** `active`, or what has to come first, for the key or for some of its values. */
  readonly status: string;
}

/** Every key of the schema, sections in order; NAME, MODEL and PATTERN stand for what the user names. */
export function documentedKeys(): readonly DocumentedKey[] {
  const own = [...marketplaceKeys.values()].filter((known) => providerKeys.get(known.key)?.schema !== known.schema);
  const free = patternSections.flatMap((section) => findKey(`${section}.PATTERN`) ?? []);
  return [
    ...[...fixedKeys.values()].map((known) => describe(known)),
    ...[...providerKeys.values()].map((known) => describe(known, "provider.NAME.")),
    ...[...modelKeys.values()].map((known) => describe(known, "provider.NAME.MODEL.")),
    ...own.map((known) => describe(known, "provider.marketplace.")),
    ...free.map((known) => ({ ...describe(known), environment: undefined })),
  ];
}

function describe({ key: name, facts }: KnownKey, prefix = ""): DocumentedKey {
  const key = `${prefix}${name}`;
  return {
    key,
    section: key.slice(0, Math.max(key.lastIndexOf("."), 0)),
    expects: facts.expects,
    unit: facts.unit,
    default: facts.default === undefined ? undefined : asWritten(facts.default),
    environment: environmentName(key),
    description: facts.description,
    status: statusOf(facts),
  };
}

function statusOf({ awaits }: KnownKey["facts"]): string {
  if (awaits === undefined) return "active";
  if (typeof awaits === "string") return `not active yet: awaits ${awaits}`;
  const parts = Object.entries(awaits).map(([value, what]) => `${value} awaits ${what}`);
  return `not active yet: ${parts.join(", ")}`;
}

const asWritten = (value: unknown): string => (Array.isArray(value) ? value.join(", ") : String(value));
